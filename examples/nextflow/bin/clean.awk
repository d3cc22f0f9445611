#!/usr/bin/awk -f
# Days without rain or weather are left out.
BEGIN { FS = OFS = "," }
NR == 1 || ($2 >= 0 && $6 != "")
