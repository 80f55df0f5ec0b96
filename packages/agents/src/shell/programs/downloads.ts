import { basename } from 'node:path'
import { pathOf } from '../collector.js'
import { parseOptions } from '../options.js'
import { type Call, inside, type Programs, writeEach } from '../program.js'
import type { Field } from '../scope.js'

/** Programs that bring in files from elsewhere, or put files into one. */

function curl(call: Call): void {
  const { has, operands, values, value } = parseOptions(call.args, {
    short: 'oXHdFuAbcKTwemrxyYCzE',
    long: [
      'output',
      'request',
      'header',
      'data',
      'data-raw',
      'data-binary',
      'form',
      'user',
      'user-agent',
      'cookie',
      'cookie-jar',
      'config',
      'upload-file',
      'write-out',
      'max-time',
      'connect-timeout',
      'retry',
      'url',
      'output-dir',
      'dump-header',
    ],
  })
  writeEach(call, [...values('o', 'output'), ...values('c', 'cookie-jar'), ...values('D', 'dump-header')])
  if (!has('O', 'remote-name', 'remote-name-all')) return
  const folder = value('output-dir')
  for (const { text } of operands) {
    const name = basename(text?.split(/[?#]/, 1)[0] ?? '')
    if (name !== '') writeEach(call, [folder === undefined ? { text: name } : inside(folder, name)])
  }
}

function wget(call: Call): void {
  const { has, operands, value } = parseOptions(call.args, {
    short: 'OPoaiUtTQwl',
    long: ['output-document', 'directory-prefix', 'output-file', 'header', 'user-agent', 'tries', 'timeout'],
  })
  const output = value('O', 'output-document')
  if (has('spider')) return
  if (output !== undefined) {
    writeEach(call, [output])
    return
  }
  const folder = value('P', 'directory-prefix')
  for (const { text } of operands) {
    const name = basename(text?.split(/[?#]/, 1)[0] ?? '')
    if (name !== '') writeEach(call, [folder === undefined ? { text: name } : inside(folder, name)])
  }
}

/** tar czf FILE …, tar xf FILE -C FOLDER. */
function tar(call: Call): void {
  const [first, ...rest] = call.args
  const isOld = first?.text !== undefined && /^[A-Za-z]+$/.test(first.text)
  const args = isOld ? [{ text: `-${first.text}` }, ...rest] : call.args
  const { has, value } = parseOptions(args, {
    short: 'fCTXIHb',
    long: ['file', 'directory', 'exclude', 'transform', 'strip-components'],
  })
  const file = value('f', 'file')
  if (has('c', 'r', 'u', 'create', 'append', 'update')) {
    if (file !== undefined) writeEach(call, [file])
  } else if (has('x', 'extract', 'get')) unpack(call, value('C', 'directory'))
}

function unpack(call: Call, folder: Field = { text: '.' }): void {
  const path = pathOf(folder, call.scope)
  call.walk.collector.maybeBelow(path === '' ? undefined : path)
}

export const downloads: Programs = {
  curl,
  wget,
  tar,
  openssl(call) {
    const { values } = parseOptions(call.args, {
      singleDash: true,
      long: ['out', 'keyout', 'in', 'newkey', 'days', 'subj', 'key', 'CA', 'CAkey'],
    })
    writeEach(call, values('out', 'keyout'))
  },
  docker(call) {
    const [action, , destination] = call.args
    if (action?.text !== 'cp') return call.walk.collector.opaque()
    if (destination?.text?.includes(':') === false) writeEach(call, [destination])
  },
  xxd(call) {
    const { has, operands } = parseOptions(call.args, { short: 'clgos' })
    writeEach(call, has('r') ? operands.slice(1) : operands.slice(1, 2))
  },
  unzip(call) {
    const { has, value } = parseOptions(call.args, { short: 'dx' })
    if (!has('l', 'p', 't', 'Z')) unpack(call, value('d'))
  },
  zip(call) {
    const [archive] = parseOptions(call.args, { short: 'xib' }).operands
    if (archive !== undefined)
      writeEach(call, [{ text: archive.text?.endsWith('.zip') === false ? `${archive.text}.zip` : archive.text }])
  },
}
