# fish completion for "daxctl carve": commands and options are asked of the program.
function __carve_words
    set -l words (commandline -opc)
    test (count $words) -ge 2; and test $words[2] = carve; and printf '%s\n' $words
end
function __carve_complete
    set -l words (__carve_words)
    if test (count $words) -eq 2
        $words[1] carve --list-cmds
    else if test (count $words) -gt 2
        $words[1] carve $words[3] --list-opts 2>/dev/null
        $words[1] carve list -p -H -o device 2>/dev/null
    end
end
for program in daxctl daxctl-none
    complete -c $program -n 'test (count (__carve_words)) -ge 2' -a '(__carve_complete)'
end
