import type { Command } from "commander";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

export const isShell = (name: string): name is Shell => SHELLS.some((shell) => shell === name);

interface Entry {
  readonly name: string;
  readonly summary: string;
  /** Commands beneath it; their options count as its own. */
  readonly inner: readonly string[];
  readonly options: readonly {
    readonly flag: string;
    readonly summary: string;
    readonly choices: readonly string[];
    readonly takesFile: boolean;
  }[];
}

const entries = (root: Command): readonly Entry[] =>
  [root, ...root.commands].map((command) => ({
    name: command === root ? "" : command.name(),
    summary: command.summary(),
    inner: command === root ? [] : command.commands.map((inner) => inner.name()),
    options: [
      ...command.options,
      ...(command === root ? [] : command.commands).flatMap((inner) => inner.options),
      { long: "--help", description: "display help", argChoices: undefined, required: false },
    ].flatMap(({ long, description, argChoices, required }) =>
      typeof long === "string"
        ? [
            {
              flag: long,
              summary: description,
              choices: argChoices ?? [],
              takesFile: required && argChoices === undefined,
            },
          ]
        : [],
    ),
  }));

/** A completion script made from the command line's own definition. */
export const completionScript = (shell: Shell, root: Command): string => {
  const all = entries(root);
  switch (shell) {
    case "bash":
      return bash(all);
    case "zsh":
      return zsh(all);
    case "fish":
      return fish(all);
  }
};

const bash = (all: readonly Entry[]): string => {
  const commands = all.flatMap(({ name }) => (name === "" ? [] : [name]));
  const cases = all.map(
    ({ name, options, inner }) =>
      `    ${name === "" ? '""' : name}) options="${options.map(({ flag }) => flag).join(" ")}"${inner.length === 0 ? "" : ` inner="${inner.join(" ")}"`} ;;`,
  );
  const choices = [
    ...new Map(all.flatMap(({ options }) => options).map((option) => [option.flag, option])).values(),
  ]
    .filter((option) => option.choices.length > 0)
    .map(
      ({ flag, choices }) =>
        `    ${flag}) COMPREPLY=($(compgen -W "${choices.join(" ")}" -- "$word")); return ;;`,
    );
  return `# bash completion for sallyport
_sallyport() {
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="" options="" inner="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
    ${commands.join("|")}) command="\${COMP_WORDS[i]}"; break ;;
    esac
  done
  case "$previous" in
${choices.join("\n")}
    completions) COMPREPLY=($(compgen -W "${SHELLS.join(" ")}" -- "$word")); return ;;
  esac
  case "$command" in
${cases.join("\n")}
  esac
  if [[ "$word" == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
  elif [[ -z "$command" ]]; then
    COMPREPLY=($(compgen -W "${commands.join(" ")}" -- "$word"))
  else
    COMPREPLY=($(compgen -W "$inner" -- "$word") $(compgen -f -- "$word"))
  fi
}
complete -o filenames -F _sallyport sallyport
`;
};

const quoted = (text: string): string => text.replaceAll("'", "'\\''");

const zsh = (all: readonly Entry[]): string => {
  const commands = all
    .filter(({ name }) => name !== "")
    .map(({ name, summary }) => `    '${name}:${quoted(summary)}'`);
  const specs = all.map(({ name, options, inner }) => {
    const lines = options.map(({ flag, summary, choices, takesFile }) => {
      const text = quoted(summary).replaceAll("[", "\\[").replaceAll("]", "\\]").replaceAll(":", "\\:");
      const value = choices.length > 0 ? `:value:(${choices.join(" ")})` : takesFile ? ":value:_files" : "";
      return `        '*${flag}[${text}]${value}'`;
    });
    const second = inner.length === 0 ? "" : `        '2:command:(${inner.join(" ")})' \\\n`;
    return `    ${name === "" ? "''" : name})\n      _arguments \\\n${lines.join(" \\\n")} \\\n${second}        '*:file:_files' ;;`;
  });
  return `#compdef sallyport
_sallyport() {
  local -a commands
  commands=(
${commands.join("\n")}
  )
  local command=''
  (( CURRENT > 2 )) && command=$words[2]
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _describe command commands
    return
  fi
  case $command in
${specs.join("\n")}
    completions) _values shell ${SHELLS.join(" ")} ;;
  esac
}
_sallyport "$@"
`;
};

const fish = (all: readonly Entry[]): string => {
  const lines = ["# fish completion for sallyport"];
  for (const { name, summary, options, inner } of all) {
    const condition = name === "" ? "__fish_use_subcommand" : `__fish_seen_subcommand_from ${name}`;
    if (name !== "") {
      lines.push(`complete -c sallyport -n __fish_use_subcommand -f -a ${name} -d '${quoted(summary)}'`);
    }
    if (inner.length > 0) {
      lines.push(`complete -c sallyport -n '${condition}' -f -a '${inner.join(" ")}'`);
    }
    for (const { flag, summary: text, choices, takesFile } of options) {
      const values = choices.length > 0 ? ` -x -a '${choices.join(" ")}'` : takesFile ? " -r" : "";
      lines.push(`complete -c sallyport -n '${condition}' -l ${flag.slice(2)} -d '${quoted(text)}'${values}`);
    }
  }
  lines.push(
    `complete -c sallyport -n '__fish_seen_subcommand_from completions' -f -a '${SHELLS.join(" ")}'`,
  );
  return `${lines.join("\n")}\n`;
};
