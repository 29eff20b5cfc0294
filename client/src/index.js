export { BelfryClient } from './client.js';
export { BelfryError } from './error.js';
