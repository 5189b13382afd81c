# SPDX-License-Identifier: GPL-2.0
#
# awk -v tree=DIR/ -f depends.awk FILES .OBJECT.o.cmd...: which objects in DIR depend on
# a file that is named in FILES; both are told relative to DIR.

NR == FNR { files[$1]; next }
FNR == 1 { found = 0 }
!found {
	for (i = 1; i <= NF; i++) {
		file = $i
		if (index(file, tree) == 1) file = substr(file, length(tree) + 1)
		sub(/^\.\//, "", file)
		while (sub(/[^\/]+\/\.\.\//, "", file)) { }
		if (!(file in files)) continue
		found = 1
		object = substr(FILENAME, length(tree) + 1)
		sub(/\.cmd$/, "", object)
		sub(/\/\.[^\/]*$/, "/" substr(object, match(object, /\.[^\/]*$/) + 1), object)
		print object
		next
	}
}
