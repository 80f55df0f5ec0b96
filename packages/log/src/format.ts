/**
 * The bytes of format 1: every constant of it stands here and nowhere else. docs/format.md tells the same in prose.
 *
 * A record is one line of a segment. The body has any length, the suffix always has 25 bytes:
 *
 *     {"v":1,"seq":7,"ts":"2026-01-08T12:45:32.000Z","type":"…","by":"…","data":{…},"h":"0123456789abcdef"}\n
 *     |-------------------------------- body -------------------------------------||------- suffix -------|
 *                                                                                   0     6               22 24
 *     suffix   0   6  ,"h":"
 *              6  16  xxh64 of the body's bytes, seeded with the h of the record before; lower-case hex
 *             22   2  "}
 *             24   1  newline
 *
 * The head note is the whole content of the file `lock`: one line of text with blanks between fields of fixed width,
 * numbers in decimal with leading zeros, rewritten in place by one write at each append:
 *
 *     byte     0   10  coordlog 1        what this is, and the format of the log
 *             11   20  last sequence     0 before the first record
 *             32   16  its h             the genesis seed before the first record
 *             49   20  last sequence known to be on stable storage
 *             70   20  segment           first sequence of the segment the next record goes to
 *             91   20  offset            bytes of that segment that are in use
 *            112   36  boot id           of the system on which the note was written
 *            149   10  process id        of the writer
 *            160    1  phase             - at rest, s a sync is under way, r a repair is under way
 *            162   16  xxh64 of bytes 0 to 161, seeded with the genesis seed
 *            178    1  newline
 */

/** The version in each record ("v"), in the head note, in snapshots and in archive cards. */
export const FORMAT_VERSION = 1

/** The seed under the first record: the eight ASCII bytes "coordlog". */
export const GENESIS_SEED = 0x636f6f72646c6f67n

export const RECORD_PREFIX = '{"v":1,"seq":'
export const SUFFIX_BYTES = 25
export const SUFFIX_OPENING = ',"h":"'
export const SUFFIX_CLOSING = '"}\n'
export const HASH_DIGITS = 16

/** One record with its newline: the largest line a writer makes and a reader accepts. */
export const RECORD_BYTES_MAX = 65_536

export const NOTE_TITLE = 'coordlog 1 '
export const NOTE_NUMBER_DIGITS = 20
export const NOTE_HASH_AT = 32
export const NOTE_DURABLE_AT = 49
export const NOTE_SEGMENT_AT = 70
export const NOTE_OFFSET_AT = 91
export const NOTE_BOOT_AT = 112
export const NOTE_BOOT_CHARACTERS = 36
export const NOTE_PROCESS_AT = 149
export const NOTE_PROCESS_DIGITS = 10
export const NOTE_PHASE_AT = 160
export const NOTE_CHECK_AT = 162
export const NOTE_SEQUENCE_AT = 11
export const NOTE_BYTES = 179

export const LOCK_FILE = 'lock'
export const MAINTENANCE_LOCK_FILE = 'maintenance.lock'
/** A sum of each segment that takes no more records, one a line. */
export const SEALS_FILE = 'seals.ndjson'
export const SEGMENT_DIRECTORY = 'segments'
export const SNAPSHOT_DIRECTORY = 'snapshots'
export const QUARANTINE_DIRECTORY = 'quarantine'
export const ARCHIVE_DIRECTORY = 'archive'
/** A Bloom filter for each segment that takes no more records. */
export const FILTER_DIRECTORY = 'filters'
export const SEGMENT_EXTENSION = '.ndjson'
export const SNAPSHOT_EXTENSION = '.json'
/** A sealed segment, packed. */
export const ARCHIVE_EXTENSION = '.ndjson.gz'
/** The folded state at the last record that was dropped: a snapshot that takes the place of the records before it. */
export const BASE_EXTENSION = '.base.json'
export const FILTER_EXTENSION = '.bloom'
/** A file that is being written aside ends so until it is renamed; left over after a crash it means nothing. */
export const ASIDE_EXTENSION = '.aside'
const NAME_DIGITS = 20

export const DIRECTORY_MODE = 0o700
export const FILE_MODE = 0o600

/**
 * A segment is sealed before it would grow beyond this. 4 MiB is about 12,500 events, a busy day of a team: verified in
 * 35 ms, archived in 40 ms more, copied anew in about 50 ms where a failed sync asks for it; a million events make 80
 * files.
 */
export const SEGMENT_BYTES_MAX = 4 * 1024 * 1024

/** The author of the log's own events. */
export const ENGINE_AUTHOR = 'coordlog'
export const REPAIRED_TYPE = 'log.repaired'
export const REWOUND_TYPE = 'log.rewound'
export const LOST_TYPE = 'log.lost'

/** A file name from the first sequence in it; sorts as text the way the sequences sort as numbers. */
export function sequenceName(sequence: number): string {
  return String(sequence).padStart(NAME_DIGITS, '0')
}

/** The sequence in a name of exactly this extension, or undefined for any other name. */
export function sequenceFromName(name: string, extension: string): number | undefined {
  if (name.length !== NAME_DIGITS + extension.length || !name.endsWith(extension)) return undefined
  const digits = name.slice(0, NAME_DIGITS)
  if (!/^\d+$/.test(digits)) return undefined
  const sequence = Number(digits)
  return Number.isSafeInteger(sequence) && sequence > 0 ? sequence : undefined
}
