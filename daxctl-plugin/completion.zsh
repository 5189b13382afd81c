#compdef daxctl daxctl-none
# zsh completion for "daxctl carve": commands and options are asked of the program.
_daxctl_carve() {
	local -a found
	[[ ${words[2]} == carve ]] || return 1
	if (( CURRENT == 3 )); then
		found=(${(f)"$(${words[1]} carve --list-cmds 2>/dev/null)"} --help --version)
	else
		found=(${(f)"$(${words[1]} carve ${words[3]} --list-opts 2>/dev/null)"}
			${(f)"$(${words[1]} carve list -p -H -o device 2>/dev/null)"})
	fi
	compadd -a found
}
_daxctl_carve "$@"
