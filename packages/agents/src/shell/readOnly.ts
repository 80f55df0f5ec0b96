/**
 * The cheap look before a parser is loaded. It may take a harmless command for one that writes, never the other way round: every
 * place at which a command can begin is looked at, and what stands there must be known.
 */

/** Programs that write no file of a repository, whatever their arguments (their redirections are looked at apart). */
export const readers: ReadonlySet<string> = new Set(
  (
    'ls ll la cat bat head tail less more wc grep egrep fgrep rg ag ack cut tr comm diff cmp nl od hexdump strings ' +
    'file stat du df pwd echo printf true false : test [ [[ which whereis type whoami id groups hostname uname date uptime ps ' +
    'top htop free lsof pgrep kill pkill killall sleep wait jobs fg bg basename dirname realpath readlink jq seq expr bc ' +
    'column fold rev tac paste md5sum sha1sum sha256sum cksum cd pushd popd dirs printenv history locale tty stty clear ' +
    'man help lscpu lsblk nproc ping host dig nslookup ss netstat ifconfig ip mkdir rmdir chmod chown umask ulimit exit return ' +
    'break continue shift unset tput yes ssh-add kubectl helm systemctl journalctl open xdg-open ' +
    'cloc tokei scc mktemp getconf arch nslookup base64 let read mapfile readarray getopts hash set shopt alias unalias'
  ).split(' '),
)

/** Subcommands of git that leave worktree, index and HEAD as they are. */
export const readingGit: ReadonlySet<string> = new Set(
  (
    'status log diff show blame grep describe rev-parse rev-list ls-files ls-tree ls-remote cat-file shortlog reflog remote ' +
    'merge-base name-rev var help version config tag branch fetch push count-objects check-ignore check-attr for-each-ref ' +
    'symbolic-ref show-ref whatchanged cherry diff-tree diff-index diff-files fsck gc prune notes verify-commit range-diff ' +
    'archive bundle maintenance'
  ).split(' '),
)

const longestLookedAt = 4_096

/** What throws output away, or joins two streams of it. */
const harmless = /\d?>{1,2} ?\/dev\/null|\d?>&\d|&>{1,2} ?\/dev\/null/g

/** Whether a command may do anything to files; if not, nobody needs to look closer. */
export function mayWrite(command: string): boolean {
  if (command.length > longestLookedAt) return true
  const text = command.replaceAll(harmless, ' ')
  if (/[>`]|\$\(|<\(|<</.test(text)) return true
  return text.split(/[;&|()\n\r]+/).some((part) => !isReading(part.trim()))
}

function isReading(part: string): boolean {
  const [program = '', first = '', second = ''] = part.split(/[ \t]+/)
  if (program === '') return true
  // Some of them write when an option tells them to.
  switch (program) {
    case 'git':
      return readingGit.has(first === '--no-pager' ? second : first) && !/--output| -o/.test(part)
    case 'npm':
      return ['ls', 'list', 'view', 'outdated', '--version', '-v'].includes(first)
    case 'node':
    case 'python3':
      return part === `${program} --version`
    case 'find':
    case 'fd':
      return !/-(exec|ok|delete|fprint|fls|x|X)/.test(part)
    case 'sed':
      return !/-\w*i/.test(part) && !/w [\w./]/.test(part)
    case 'awk':
      return !/system|-[a-zA-Z]*[fi]/.test(part)
    case 'sort':
    case 'tree':
      return !/-\w*o/.test(part)
    case 'uniq':
      return part.split(/[ \t]+/).every((word, at) => at === 0 || word.startsWith('-'))
    case 'xargs':
      return !first.startsWith('-') && isReading(part.slice('xargs'.length).trim())
    default:
      return readers.has(program)
  }
}
