import type { AgentAdapter } from '../contract.js'
import { recognise } from './recognise.js'
import { render } from './render.js'

export const opencode: AgentAdapter = { recognise, render }
