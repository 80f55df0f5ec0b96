import type { Rehearsal, RehearsalScene } from '../rehearsal.js'
import { readAnswer, recorded } from './recordings.js'

const call = (scene: RehearsalScene) => ({ ...scene, call: `toolu_${scene.session}`, turn: `turn-${scene.session}` })

export const claudeCode: Rehearsal = {
  beforeEdit: (scene) => recorded('before-edit', call(scene)),
  afterEdit: (scene) => recorded('after-edit', call(scene)),
  turnEnd: (scene) => recorded('stop', call(scene)),
  refusalIn: (stdout) => readAnswer(stdout).refused,
}
