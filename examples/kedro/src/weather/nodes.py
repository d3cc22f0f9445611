import pandas as pd


def ingest(source: str) -> pd.DataFrame:
    return pd.read_csv(source)


def clean(weather: pd.DataFrame) -> pd.DataFrame:
    """Days with rain or snow that say how much, and a month each."""
    known = weather.dropna(subset=["precipitation", "temp_max", "temp_min"])
    return known.assign(month=known["date"].astype(str).str[:7])


def monthly(clean: pd.DataFrame) -> pd.DataFrame:
    means = clean.groupby("month", as_index=False)[["precipitation", "temp_max", "temp_min"]].mean()
    return means.round(2)


def kinds(clean: pd.DataFrame) -> pd.DataFrame:
    return clean.groupby("weather", as_index=False).agg(days=("date", "count"))


def hottest(clean: pd.DataFrame) -> pd.DataFrame:
    return clean.nlargest(10, "temp_max", keep="all")[["date", "temp_max"]]


def report(monthly: pd.DataFrame, kinds: pd.DataFrame, hottest: pd.DataFrame) -> pd.DataFrame:
    wettest = monthly.loc[monthly["precipitation"].idxmax(), "month"]
    commonest = kinds.loc[kinds["days"].idxmax(), "weather"]
    facts = {"wettest month": wettest, "commonest weather": commonest, "hottest day": hottest["date"].astype(str).iloc[0]}
    return pd.DataFrame({"fact": list(facts), "value": [str(value) for value in facts.values()]})
