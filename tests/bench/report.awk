# SPDX-License-Identifier: GPL-2.0
#
# From lines `figure SYSTEM CASE METRIC VALUE` of all rounds: a table for people, results.json (file
# name in `json`) for machines. Medians; ratios to dm-linear and to DRBD A.

$1 == "figure" {
	key = $2 SUBSEP $3 SUBSEP $4
	if (!(key in count)) {
		if (!(($3) in seen_case)) { seen_case[$3] = 1; cases[++ncases] = $3 }
		if (!(($2) in seen_system)) { seen_system[$2] = 1; systems[++nsystems] = $2 }
		if (!(($4) in seen_metric)) { seen_metric[$4] = 1; metrics[++nmetrics] = $4 }
	}
	value[key, ++count[key]] = $5
}

function sorted(key,    n, i, j, t) {
	n = count[key]
	for (i = 1; i <= n; i++) sort[i] = value[key, i] + 0
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && sort[j] < sort[j - 1]; j--) { t = sort[j]; sort[j] = sort[j - 1]; sort[j - 1] = t }
	return n
}

function median(s, c, m,    key, n) {
	key = s SUBSEP c SUBSEP m
	if (!(key in count)) return ""
	n = sorted(key)
	return n % 2 ? sort[(n + 1) / 2] : (sort[n / 2] + sort[n / 2 + 1]) / 2
}

function ratio(a, b) { return a == "" || b == "" || b + 0 == 0 ? "" : sprintf("%.2f", a / b) }

function or_null(x) { return x == "" ? "null" : x }

END {
	printf "%-20s %-8s %9s %8s %8s %8s %8s %9s %8s %8s %8s  %s\n", "case", "system", "IOPS", "/linear", "/DRBD A",
		"mean us", "p99 us", "e2e IOPS", "/DRBD A", "catch up", "cpu us", "overflow"
	for (c = 1; c <= ncases; c++) {
		for (s = 1; s <= nsystems; s++) {
			i = median(systems[s], cases[c], "iops")
			if (i == "") continue
			e = median(systems[s], cases[c], "e2e_iops")
			printf "%-20s %-8s %9d %8s %8s %8.0f %8.0f %9d %8s %8.2f %8.1f  %s\n", cases[c], systems[s], i,
				ratio(i, median("linear", cases[c], "iops")), ratio(i, median("drbd_a", cases[c], "iops")),
				median(systems[s], cases[c], "mean_us"), median(systems[s], cases[c], "p99_us"), e,
				ratio(e, median("drbd_a", cases[c], "e2e_iops")),
				median(systems[s], cases[c], "catch_up_s"), median(systems[s], cases[c], "cpu_us"),
				(median(systems[s], cases[c], "overflow") > 0 ? "yes" : "-")
		}
		print ""
	}
	printf "[" > json
	for (c = 1; c <= ncases; c++) for (s = 1; s <= nsystems; s++) for (m = 1; m <= nmetrics; m++) {
		key = systems[s] SUBSEP cases[c] SUBSEP metrics[m]
		if (!(key in count)) continue
		v = median(systems[s], cases[c], metrics[m])
		n = sorted(key)
		printf "%s\n{\"system\": \"%s\", \"case\": \"%s\", \"metric\": \"%s\", \"median\": %s, \"min\": %s, \"max\": %s, \"ratio_linear\": %s, \"ratio_drbd_a\": %s}",
			first++ ? "," : "", systems[s], cases[c], metrics[m], v, sort[1], sort[n],
			or_null(ratio(v, median("linear", cases[c], metrics[m]))),
			or_null(ratio(v, median("drbd_a", cases[c], metrics[m]))) > json
	}
	print "\n]" > json
}
