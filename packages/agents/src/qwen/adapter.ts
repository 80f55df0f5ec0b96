import type { AgentAdapter } from '../contract.js'
import { recognise } from './recognise.js'
import { render } from './render.js'

export const qwen: AgentAdapter = { recognise, render }
