# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of weir for bash: commands, options, stage types, pipeline files.

_weir_options ()
{
  case $1 in
    run) echo '-e --launch --set --threads --affinity --deadline --report --quiet --strict --plugin-path --help' ;;
    check) echo '-e --launch --set --plugin-path --help' ;;
    test) echo '--set --plugin-path --help' ;;
    list | inspect) echo '--json --plugin-path --help' ;;
    explain) echo '-e --launch --set --json --plugin-path --help' ;;
    graph) echo '-e --launch --set --format --output --plugin-path --help' ;;
    bench) echo '--list --json --records --repeat --threads --workers --rate --duration --deadline --arrivals --overload --plot --plugin-path --help' ;;
    schema) echo '--plugin-path --help' ;;
    *) echo '--version --help' ;;
  esac
}

# What may stand behind the command.
_weir_arguments ()
{
  case $1 in
    run | check | test | graph | explain) compgen -f -X '!*.json' -- "$2"; compgen -d -S / -- "$2" ;;
    list) compgen -W 'source transform validate aggregate filter sink' -- "$2" ;;
    inspect) compgen -W "$(weir list 2>/dev/null | cut -d ' ' -f 1)" -- "$2" ;;
    bench) compgen -W "$(weir bench --list 2>/dev/null | cut -d ' ' -f 1)" -- "$2" ;;
    help) compgen -W "$_weir_commands" -- "$2" ;;
  esac
}

_weir_commands='run check test list inspect graph explain schema bench help'

_weir ()
{
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}
  local IFS=$'\n'

  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ] && [ "${word:0:1}" != - ]; then
    IFS=' ' COMPREPLY=($(compgen -W "$_weir_commands" -- "$word"))
    return
  fi
  case $before in
    --arrivals) COMPREPLY=($(IFS=' '; compgen -W 'constant poisson' -- "$word")); return ;;
    --format) COMPREPLY=($(IFS=' '; compgen -W 'dot mermaid svg' -- "$word")); return ;;
    --plugin-path | --workers) COMPREPLY=($(compgen -d -- "$word")); return ;;
    --report | --plot | --output | -o) COMPREPLY=($(compgen -f -- "$word")); return ;;
    -e | --launch | --set | --threads | --affinity | --deadline | --records | --repeat | --rate | --duration) return ;;
  esac
  if [ "${word:0:1}" = - ]; then
    COMPREPLY=($(IFS=' '; compgen -W "$(_weir_options "$command")" -- "$word"))
  else
    COMPREPLY=($(IFS=$' \n'; _weir_arguments "$command" "$word"))
  fi
  case ${COMPREPLY[0]} in
    */) compopt -o nospace 2>/dev/null ;;
  esac
}

complete -F _weir weir
