/*
 * What a shell runs. The words come from doltflow itself, so that a script never knows an older command line than the
 * one that is installed; if it has none, the shell offers files.
 */

export const SHELLS = ['bash', 'zsh', 'fish'] as const

export type Shell = (typeof SHELLS)[number]

const BASH = String.raw`# doltflow's completion for bash. In ~/.bashrc: eval "$(doltflow completion bash)"
_doltflow() {
  local word about quoted current=${'$'}{COMP_WORDS[COMP_CWORD]}
  COMPREPLY=()
  while IFS=$'\t' read -r word about; do
    [[ $word == "$current"* ]] || continue
    printf -v quoted %q "$word"
    COMPREPLY+=("$quoted")
  done < <(doltflow completion words -- "${'$'}{COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o bashdefault -o default -F _doltflow doltflow
`

const ZSH = String.raw`#compdef doltflow
# doltflow's completion for zsh. In ~/.zshrc, after compinit: eval "$(doltflow completion zsh)"
_doltflow() {
  local line
  local -a found
  for line in "${'$'}{(@f)$(doltflow completion words -- "${'$'}{(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && found+=("${'$'}{${'$'}{line%%$'\t'*}//:/\\:}:${'$'}{line#*$'\t'}")
  done
  if (( $#found )); then _describe 'doltflow' found; else _files; fi
}
if [[ $funcstack[1] == _doltflow ]]; then _doltflow "$@"; else compdef _doltflow doltflow; fi
`

const FISH = String.raw`# doltflow's completion for fish: doltflow completion fish > ~/.config/fish/completions/doltflow.fish
function __doltflow_words
    set -l typed (commandline -opc) (commandline -ct)
    set -l found (doltflow completion words -- $typed[2..-1] 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c doltflow -f -a '(__doltflow_words)'
`

export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH }
