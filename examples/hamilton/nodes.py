"""Weather of Seattle: a source, and what is made of it. Plain functions over frames."""

import pandas as pd
from hamilton.function_modifiers import tag


@tag(key="date")
def weather(source: str) -> pd.DataFrame:
    return pd.read_csv(source)


@tag(key="date")
def days(weather: pd.DataFrame) -> pd.DataFrame:
    return weather[weather["precipitation"] >= 0]


@tag(key="weather", columns="weather")
def kinds(days: pd.DataFrame) -> pd.DataFrame:
    return days.groupby("weather", as_index=False).size()


@tag(key="month", columns="date,precipitation")
def months(days: pd.DataFrame) -> pd.DataFrame:
    month = days["date"].str[:7].rename("month")
    return days["precipitation"].groupby(month).sum().round(1).reset_index(name="rain")


def wettest(months: pd.DataFrame) -> list[str]:
    return months.nlargest(3, "rain")["month"].tolist()
