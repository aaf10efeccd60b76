# SPDX-License-Identifier: GPL-2.0
#
# From what guest/wan prints: a table for people, and a plot (file name in `svg`): what the application
# writes, the lag, and the state over time. `rate` is what the link takes, bytes a second.

$1 == "step" {
	key = $2 == "unshaped" ? "unshaped" : $2 == "calm" ? "" : $3
	if (key != "") {
		if (!(key in n)) order[++keys] = key
		iops[key, ++n[key]] = $4
		p99[key, n[key]] = $5
	}
}
$1 == "sample" { t[++samples] = $2; state[samples] = $3; writes[samples] = $4; lag[samples] = $5; ms[samples] = $6; socket[samples] = $9 }
$1 == "mark" { mark_t[++marks] = $2; mark[marks] = $3 }
$1 == "end" { ended = $2; left = $3 }

function median(a, k, count,    i, j, x) {
	for (i = 1; i <= count; i++) sort[i] = a[k, i] + 0
	for (i = 2; i <= count; i++)
		for (j = i; j > 1 && sort[j] < sort[j - 1]; j--) { x = sort[j]; sort[j] = sort[j - 1]; sort[j - 1] = x }
	return count % 2 ? sort[(count + 1) / 2] : (sort[count / 2] + sort[count / 2 + 1]) / 2
}

function x_of(time) { return 70 + (time - t[1]) / span * 860 }

function panel(top, height, title, max, unit) {
	printf "<text x=\"70\" y=\"%d\" class=\"title\">%s</text>\n", top - 6, title > svg
	printf "<rect x=\"70\" y=\"%d\" width=\"860\" height=\"%d\" class=\"frame\"/>\n", top, height > svg
	printf "<text x=\"64\" y=\"%d\" class=\"axis\" text-anchor=\"end\">%s</text>\n", top + 10, max unit > svg
	printf "<text x=\"64\" y=\"%d\" class=\"axis\" text-anchor=\"end\">0</text>\n", top + height > svg
}

function line(values, top, height, max, class,    i, points) {
	for (i = 2; i <= samples; i++)
		points = points sprintf("%.1f,%.1f ", x_of(t[i]), top + height - (values[i] > max ? max : values[i]) / max * height)
	printf "<polyline points=\"%s\" class=\"%s\"/>\n", points, class > svg
}

function round_up(v,    p) {
	p = 10 ^ int(log(v) / log(10))
	return v <= p ? p : v <= 2 * p ? 2 * p : v <= 5 * p ? 5 * p : 10 * p
}

function states(top,    i, from, names, k) {
	split("ok spooling spool-full overflow resync-needed resync resync-no-room", names, " ")
	color["ok"] = "#8fce8f"; color["spooling"] = "#f2d16b"; color["spool-full"] = "#e9a94a"
	color["overflow"] = "#d9736b"; color["resync-needed"] = "#b9a0d6"; color["resync"] = "#7ba7d9"
	color["resync-no-room"] = "#777777"
	from = 1
	for (i = 2; i <= samples; i++) {
		if (i < samples && state[i] == state[from]) continue
		printf "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"18\" fill=\"%s\"><title>%s, %.0f s</title></rect>\n",
			x_of(t[from]), top, x_of(t[i]) - x_of(t[from]), color[state[from]], state[from], t[i] - t[from] > svg
		seen[state[from]] = 1
		changes += i < samples
		from = i
	}
	k = 70
	for (i = 1; i in names; i++) {
		if (!(names[i] in seen)) continue
		printf "<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" fill=\"%s\"/>\n", k, top + 26, color[names[i]] > svg
		printf "<text x=\"%d\" y=\"%d\" class=\"axis\">%s</text>\n", k + 16, top + 36, names[i] > svg
		k += 30 + 8 * length(names[i])
	}
}

function plot(    i, most, far, used) {
	span = t[samples] - t[1]
	for (i = 2; i <= samples; i++) {
		rate_of[i] = (writes[i] - writes[i - 1]) / (t[i] - t[i - 1])
		mib[i] = lag[i] / 1048576
		wire[i] = (socket[i] - socket[i - 1]) / (t[i] - t[i - 1]) / 1e6
		if (rate_of[i] > most) most = rate_of[i]
		if (mib[i] > far) far = mib[i]
	}
	most = round_up(most); far = round_up(far > 1 ? far : 1)
	print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 960 520\" font-family=\"sans-serif\">" > svg
	print "<style>.frame{fill:#fafafa;stroke:#bbb}.title{font-size:13px;fill:#222}.axis{font-size:11px;fill:#555}" > svg
	print ".app{fill:none;stroke:#2a6fb0;stroke-width:1.4}.lag{fill:none;stroke:#b0442a;stroke-width:1.4}" > svg
	print ".wire{fill:none;stroke:#3a8a4a;stroke-width:1.4}.mark{stroke:#999;stroke-dasharray:3 3}</style>" > svg
	print "<rect width=\"960\" height=\"520\" fill=\"white\"/>" > svg
	panel(30, 120, "writes of the application, a second", most, ""); line(rate_of, 30, 120, most, "app")
	panel(180, 90, "on the wire, MB a second (the link takes " rate / 1e6 ")", 10, ""); line(wire, 180, 90, 10, "wire")
	panel(300, 90, "lag, MiB", far, ""); line(mib, 300, 90, far, "lag")
	printf "<text x=\"70\" y=\"414\" class=\"title\">state</text>\n" > svg
	states(420)
	for (i = 1; i <= marks; i++) {
		printf "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"30\" y2=\"438\" class=\"mark\"/>\n", x_of(mark_t[i]), x_of(mark_t[i]) > svg
		if (mark[i] != "end")
			printf "<text x=\"%.1f\" y=\"484\" class=\"axis\">%s</text>\n", x_of(mark_t[i]) + 3, mark[i] > svg
	}
	printf "<text x=\"930\" y=\"510\" class=\"axis\" text-anchor=\"end\">%.0f s</text>\n", span > svg
	print "</svg>" > svg
}

END {
	if (!n["unshaped"] || samples < 3) { print "nothing was measured"; exit 1 }
	base = median(iops, "unshaped", n["unshaped"]); base99 = median(p99, "unshaped", n["unshaped"])
	printf "%-16s %5s %10s %10s %10s %10s\n", "state", "runs", "IOPS", "/unshaped", "p99 us", "/unshaped"
	for (k = 1; k <= keys; k++) {
		i = median(iops, order[k], n[order[k]]); p = median(p99, order[k], n[order[k]])
		printf "%-16s %5d %10.0f %10.2f %10.0f %10.2f\n", order[k], n[order[k]], i, i / base, p, p / base99
	}
	plot()
	printf "state changes: %d; in the end: %s, %d bytes behind\n", changes, ended, left
}
