import { TestEnvironment } from 'jest-environment-node';

/** Shows what applications under test reported while a test failed. What is reported in other tests was expected. */
export default class Environment extends TestEnvironment {
  async setup() {
    await super.setup();
    this.global.reported = [];
  }

  handleTestEvent({ name, test }) {
    if (name === 'hook_failure' || (name === 'test_done' && test.errors.length > 0)) this.show();
    if (name === 'test_start') this.global.reported.length = 0;
  }

  show() {
    for (const line of this.global.reported.splice(0)) process.stderr.write(`${line}\n`);
  }
}
