#!/usr/bin/env node
import { runCreate } from './run-create.js';

process.exitCode = runCreate(process.argv.slice(2), { command: 'npm create gatehouse --' });
