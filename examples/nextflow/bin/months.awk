#!/usr/bin/awk -f
# The rain of each month.
BEGIN { FS = OFS = ","; print "month,rain" }
NR > 1 { rain[substr($1, 1, 7)] += $2 }
END { for (month in rain) printf "%s,%.1f\n", month, rain[month] }
