#!/usr/bin/awk -f
# How many days of each kind of weather there were.
BEGIN { FS = OFS = ","; print "weather,days" }
NR > 1 { days[$6]++ }
END { for (kind in days) print kind, days[kind] }
