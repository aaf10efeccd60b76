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

function most(s, c, m,    n) {
	n = sorted(s SUBSEP c SUBSEP m)
	return n ? sort[n] : ""
}

function ratio(a, b) { return a == "" || b == "" || b + 0 == 0 ? "" : sprintf("%.2f", a / b) }

function number(format, s, c, m,    v) {
	v = median(systems[s], cases[c], m)
	return v == "" ? "" : sprintf(format, v)
}

function made_with(s, c,    text) {
	text = number("%d", s, c, "run_s")
	if (number("%d", s, c, "lanes") == "") return text
	text = text "; " number("%d", s, c, "memory_mib") ", " number("%d", s, c, "journal_mib") "; " number("%d", s, c, "lanes")
	return text (most(systems[s], cases[c], "overflow") > 0 ? "; overflow" : "")
}

# A figure of dm-afar's that is asked for in so many words.
function say(what, v) { if (v != "") printf "%-66s %s\n", what, v }

function or_null(x) { return x == "" ? "null" : x }

END {
	printf "%-20s %-8s %9s %8s %8s %8s %8s %9s %8s %8s %8s  %s\n", "case", "system", "IOPS", "/linear", "/DRBD A",
		"mean us", "p99 us", "e2e IOPS", "/DRBD A", "catch up", "cpu us", "seconds; memory, journal MiB; lanes"
	for (c = 1; c <= ncases; c++) {
		for (s = 1; s <= nsystems; s++) {
			i = median(systems[s], cases[c], "iops")
			if (i == "") continue
			e = median(systems[s], cases[c], "e2e_iops")
			printf "%-20s %-8s %9d %8s %8s %8s %8s %9s %8s %8s %8s  %s\n", cases[c], systems[s], i,
				ratio(i, median("linear", cases[c], "iops")), ratio(i, median("drbd_a", cases[c], "iops")),
				number("%.0f", s, c, "mean_us"), number("%.0f", s, c, "p99_us"), number("%d", s, c, "e2e_iops"),
				ratio(e, median("drbd_a", cases[c], "e2e_iops")),
				number("%.2f", s, c, "catch_up_s"), number("%.1f", s, c, "cpu_us"), made_with(s, c)
		}
		print ""
	}
	tcp = median("limit", "tcp_stream", "mib_s")
	say("one TCP stream over loopback, MiB/s", tcp)
	say("rand4k_d32 end to end, of that", ratio(median("afar", "rand4k_d32", "e2e_mib_s"), tcp))
	tcp = median("limit", "two_tcp_stream", "mib_s")
	say("one TCP stream between two machines, MiB/s", tcp)
	say("two_rand4k_d32 end to end, of that", ratio(median("afar", "two_rand4k_d32", "e2e_mib_s"), tcp))
	say("a page of 4 KiB: cleared, us", median("limit", "page", "clear_us"))
	say("copied, us", median("limit", "page", "copy_us"))
	say("crc32c, us", median("limit", "page", "crc32c_us"))
	say("xxh64, us", median("limit", "page", "xxh64_us"))
	say("shaped_rand4k_d32, of rand4k_d32", ratio(median("afar", "shaped_rand4k_d32", "iops"), median("afar", "rand4k_d32", "iops")))
	say("bytes on the socket for one of payload, 4 KiB", median("afar", "rand4k_d32", "wire_ratio"))
	say("flushes of the secondary's origins for a run of sets", median("afar", "rand4k_d32", "flushes_per_run"))
	printf "[" > json
	for (c = 1; c <= ncases; c++) for (s = 1; s <= nsystems; s++) for (m = 1; m <= nmetrics; m++) {
		key = systems[s] SUBSEP cases[c] SUBSEP metrics[m]
		if (!(key in count)) continue
		v = median(systems[s], cases[c], metrics[m])
		n = sorted(key)
		printf "%s\n{\"system\": \"%s\", \"case\": \"%s\", \"metric\": \"%s\", \"rounds\": %d, \"median\": %s, \"min\": %s, \"max\": %s, \"ratio_linear\": %s, \"ratio_drbd_a\": %s}",
			first++ ? "," : "", systems[s], cases[c], metrics[m], n, v, sort[1], sort[n],
			or_null(ratio(v, median("linear", cases[c], metrics[m]))),
			or_null(ratio(v, median("drbd_a", cases[c], metrics[m]))) > json
	}
	print "\n]" > json
}
