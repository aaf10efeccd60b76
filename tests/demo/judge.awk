# SPDX-License-Identifier: GPL-2.0
#
# What was reported safe must be there: reads the tree as it was delivered (`sha256  file`), the
# primary's log (tests/demo/guest/app) and what was found on the secondary, in this order.  Prints
# NAME=NUMBER lines; the first faults go to stderr.

function fault(text) {
	if (++faults <= 10)
		print "fault: " text >"/dev/stderr"
}

FNR == 1 { part++ }

part == 1 { version[$2, 0] = $1; newest[$2] = 0; files++; next }

# A line without its end was never reported.
part == 2 && $2 == "tree-safe" { tree_safe = 1 }
part == 2 && $2 == "will" { k = $3; file[k] = $4; version[$4, k] = $5; newest[$4] = k; before[k] = last[$4]; last[$4] = k; submitted = k }
part == 2 && $2 == "done" { done = $3 }
part == 2 && $2 == "safe" { safe = $3; least[file[$3]] = $3 }
part == 2 && $2 == "pair" { pair = $3 }
part == 2 && $2 == "paired" { paired = $3 }
part == 2 { next }

# Found: of which version are the contents?
{
	if ($2 ~ /\.new$/ && !($2 in newest)) {
		unfinished++
		next
	}
	if (!($2 in newest)) {
		fault($2 ": was never written")
		next
	}
	found++
	for (k = newest[$2]; k > 0 && version[$2, k] != $1; k = before[k] + 0)
		;
	if (version[$2, k] != $1) {
		fault($2 ": its contents are of no version")
		got[$2] = -1
		lost_safe += tree_safe
		next
	}
	whole++
	got[$2] = k
	if (k > present)
		present = k
	if (k < least[$2]) {
		fault($2 ": edit " least[$2] " was reported safe, edit " k " is there")
		lost_safe++
	}
}

END {
	for (f in newest)
		if (!(f in got) && tree_safe) {
			fault(f ": is missing")
			lost_safe++
		}
	# Edits are made one after the other: a cut has all up to one, and none behind it.
	for (k = 1; k < present; k++)
		if (got[file[k]] < k)
			fault(file[k] ": edit " k " is missing though edit " present " is there")
	if (unfinished > 1)
		fault(unfinished " files of edits under way")
	printf "files=%d whole=%d submitted=%d done=%d safe=%d present=%d tree_safe=%d pair=%d paired=%d lost_safe=%d faults=%d\n",
		files, whole, submitted, done, safe, present, tree_safe, pair, paired, lost_safe, faults
}
