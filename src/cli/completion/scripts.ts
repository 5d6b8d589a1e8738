/**
 * What a shell runs when Tab is pressed. The scripts know nothing of `jobctl`: they ask `jobctl complete`, which gives a
 * line a word, with a tab before what it means; or `:files`, where the shell itself knows best.
 */
export type Shell = "bash" | "zsh" | "fish";

/** Bash breaks words also at `:`, `=` and `@`, which ids may have: it wants only what comes after the last of them. */
const bash = `# In ~/.bashrc: eval "$(jobctl completion bash)"
_jobctl() {
  local line=\${COMP_LINE:0:COMP_POINT} words current answer breaks head= word
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  current=\${words[\${#words[@]}-1]}
  answer=$("\${words[0]/#\\~/$HOME}" complete -- "\${words[@]:1}" 2>/dev/null)
  COMPREPLY=()
  if [[ $answer == :files ]]; then
    compopt -o filenames 2>/dev/null
    while read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$current")
    return
  fi
  breaks=\${COMP_WORDBREAKS//[^:=@]/}
  [[ -n $breaks && $current == *[$breaks]* ]] && head=\${current%"\${current##*[$breaks]}"}
  while IFS=$'\\t' read -r word _; do
    [[ -n $word ]] && COMPREPLY+=("\${word#"$head"}")
  done <<<"$answer"
}
complete -F _jobctl jobctl
`;

const zsh = `#compdef jobctl
# In ~/.zshrc, after compinit: eval "$(jobctl completion zsh)"
_jobctl() {
  local answer line
  local -a candidates
  answer=$("\${words[1]/#\\~/$HOME}" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if [[ $answer == :files ]]; then
    _files
    return
  fi
  for line in "\${(@f)answer}"; do
    [[ -n $line ]] && candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe -V jobctl candidates
}
if [[ $funcstack[1] == _jobctl ]]; then _jobctl "$@"; else compdef _jobctl jobctl; fi
`;

const fish = `# In ~/.config/fish/config.fish: jobctl completion fish | source
function __jobctl_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l answer ($words[1] complete -- $words[2..-1] "$current" 2>/dev/null)
    if test "$answer" = ":files"
        __fish_complete_path "$current"
    else
        printf '%s\\n' $answer
    end
end
complete -c jobctl -f -k -a '(__jobctl_complete)'
`;

export const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };
