/** What a trial of an agent's hook needs: payloads as the client writes them, and what an answer means to the client. */
export interface Rehearsal {
  /** The event that asks whether the file at `path` may be written. */
  beforeEdit(scene: RehearsalScene): string
  /** It was written. */
  afterEdit(scene: RehearsalScene): string
  turnEnd(scene: RehearsalScene): string
  /** The reason that the model reads; undefined: the edit goes ahead. */
  refusalIn(stdout: string): string | undefined
}

export interface RehearsalScene {
  session: string
  /** Absolute. */
  cwd: string
  /** Absolute. */
  path: string
}
