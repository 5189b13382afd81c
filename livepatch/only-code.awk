# SPDX-License-Identifier: GPL-2.0
#
# awk -v files=F -v added=A -f only-code.awk PATCH: what a patch has for mm/ and drivers/.
# Names of the files go to F, of those that are new to A, too. Hunks are counted, since a
# line that is removed may look like the start of a file.

left_old > 0 || left_new > 0 {
	if (/^-/ || /^[ ]/ || /^$/) left_old--
	if (/^\+/ || /^[ ]/ || /^$/) left_new--
	if (take) print
	next
}
/^\\/ { if (take) print; next }
/^--- / { from = $0; split($0, a, /[ \t]+/); next }
/^\+\+\+ / {
	split($0, b, /[ \t]+/)
	file = b[2] == "/dev/null" ? a[2] : b[2]
	sub(/^[^\/]*\//, "", file)
	take = file ~ /^(mm|drivers)\//
	if (!take) next
	print file >files
	if (a[2] == "/dev/null") print file >added
	print from
	print
	next
}
/^@@ / {
	split($2, o, ","); split($3, n, ",")
	left_old = 2 in o ? o[2] : 1
	left_new = 2 in n ? n[2] : 1
	if (take) print
}
