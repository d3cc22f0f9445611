"""Weather of Seattle: a source, and what is made of it, the years at once."""

from doltflow.metaflow import tables
from metaflow import FlowSpec, Parameter, card, step


class Seattle(FlowSpec):
    source = Parameter("source", default="seattle-weather.csv")

    @tables(db="doltflow.db")
    @step
    def start(self):
        self.tables.write("weather", self.source, key="date")
        self.years = ["2012", "2013", "2014", "2015"]
        self.next(self.year, foreach="years")

    @tables(db="doltflow.db")
    @step
    def year(self):
        days = self.tables.sql("SELECT date, precipitation FROM weather WHERE date LIKE ?", [f"{self.input}-%"])
        month = days["date"].astype(str).str[:7].rename("month")
        rain = days["precipitation"].astype(float).groupby(month).sum().round(1).reset_index(name="rain")
        self.tables.write("months", rain, key="month", mode="upsert")
        self.next(self.report)

    @card
    @tables(db="doltflow.db")
    @step
    def report(self, inputs):
        self.merge_artifacts(inputs)
        weather, months = self.tables.read("weather"), self.tables.read("months")
        wettest = months.nlargest(3, "rain")
        self.tables.write("kinds", weather.groupby("weather", as_index=False).size(), key="weather")
        self.tables.write("wettest", wettest, key="month")
        self.wettest = wettest["month"].tolist()
        self.next(self.end)

    @step
    def end(self):
        print("wettest:", *self.wettest)


if __name__ == "__main__":
    Seattle()
