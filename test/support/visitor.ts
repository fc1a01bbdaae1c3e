export { Visitor } from '../../src/testing/visitor.js';
