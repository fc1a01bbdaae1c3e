import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Product } from '../support/product.js';

/** Says what is wrong with each class that a file exports, one line each. */
const MAIN = `
  import { addUserFields } from 'gatehouse/dist/src/users/add-user-fields';
  for (const [name, type] of Object.entries(await import('./' + process.env.CASES + '.js'))) {
    try {
      addUserFields(type);
      console.log(name + ': added');
    } catch (error) {
      console.log(name + ': ' + error.name + ': ' + error.message);
    }
  }`;

const IMPORTS = `
  import { UserField } from 'gatehouse';
  import * as orm from 'typeorm';
  const { Column, Entity, Index, ManyToOne, Unique } = orm;`;

/** Classes that are refused without @UserField(), by what is said of them. */
const REFUSED = {
  NoColumns: ['{ phone; }', 'has no columns. Give its properties @Column().'],
  Own: [
    `{ @Column('varchar', { default: '' }) email; }`,
    'has "email", which User has already. Choose another name.',
  ],
  SameColumn: [
    `{ @Column('varchar', { name: 'emailKey', default: '' }) address; }`,
    'has "address", which User has already. Choose another name.',
  ],
  Required: [
    `{ @Column('varchar') phone; }`,
    'has "phone", which is neither nullable nor has a default: accounts that exist have no value for it. Add nullable: true or a default.',
  ],
  RequiredRelation: [
    `{ @ManyToOne(() => NoColumns, { nullable: false }) shop; }`,
    'has the relation "shop", which is not nullable: accounts that exist have no value for it.',
  ],
  UniqueDefault: [
    `{ @Column('varchar', { default: '', unique: true }) phone; }`,
    'has "phone", which is unique and has a default: only one account could leave it out. Make it nullable, without a default.',
  ],
  Primary: [`{ @orm.PrimaryColumn('int') no; }`, 'has a primary column, "no".'],
  Deleted: [
    `{ @orm.DeleteDateColumn() goneAt; }`,
    'has "goneAt", a @DeleteDateColumn(): deactivate or delete accounts instead.',
  ],
} as const;

const withHeader = (header: string, name: string, body: string) =>
  `${header} export class ${name} ${body}`;

const FORGOTTEN =
  'The class AppUser has @UserField(), and is not in use: GatehouseModule.forRoot({ userFields: AppUser }) names no class.\n';

describe('a class of user fields that cannot be added', () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.create({ 'src/main.ts': MAIN });
  });
  afterAll(() => product.remove());

  /** What is said of the classes of a file, in a process of its own. */
  async function saidOf(code: string): Promise<string[]> {
    await product.write({ 'src/cases.ts': `${IMPORTS}\n${code}` });
    const { output } = await product.failToStart({ CASES: 'cases' });
    return output.trim().split('\n');
  }

  it('is named in one sentence that says what to do', async () => {
    const classes = Object.entries(REFUSED).map(([name, [body]]) => withHeader('', name, body));
    const said = await saidOf(`${classes.join('\n')}
      @Entity() export class Table { @Column('int', { nullable: true }) no; }
      @Unique(['team']) export class UniqueTeam { @Column('varchar', { default: '' }) team; }
      @Index(['team'], { unique: true }) export class UniqueIndex { @Column('varchar', { default: '' }) team; }`);
    const sentence = (name: string, reason: string) =>
      `${name}: OperatorError: The class ${name}, which adds to User, ${reason}`;
    const teams = REFUSED.UniqueDefault[1].replace('phone', 'team');
    expect(said.toSorted()).toEqual(
      [
        ...Object.entries(REFUSED).map(([name, [, reason]]) => sentence(name, reason)),
        sentence('Table', 'is an @Entity() itself. Remove that decorator.'),
        sentence('UniqueTeam', teams),
        sentence('UniqueIndex', teams),
      ].toSorted(),
    );
  });

  it.each([
    [
      'has a field without a column',
      `export class A { @UserField({ schema: {}, rules: [] }) phone; @Column('int', { nullable: true }) no; }`,
      'A: OperatorError: The class A has @UserField() on "phone", which has no @Column().',
    ],
    [
      'has a field that answers have already',
      `export class A { @UserField({ schema: {}, rules: [] }) @Column('int', { nullable: true }) roles; }`,
      'A: OperatorError: The class A has the field "roles", which accounts or their forms have already. Choose another name.',
    ],
    [
      'has a field that forms have already',
      `export class A { @UserField({ schema: {}, rules: [] }) @Column('int', { nullable: true }) password; }`,
      'A: OperatorError: The class A has the field "password", which accounts or their forms have already. Choose another name.',
    ],
    [
      'is not the one that is named',
      `class B { @UserField({ schema: {}, rules: [] }) phone; }
       export class A { @Column('int', { nullable: true }) no; }`,
      'A: OperatorError: The class B has @UserField(), and is not in use: GatehouseModule.forRoot({ userFields: B }) names A instead.',
    ],
  ])('%s', async (_what, code, sentence) => {
    expect(await saidOf(`import 'gatehouse';\n${code}`)).toEqual([sentence]);
  });

  it('is another one than that of another application in the process', async () => {
    const said = await saidOf(`
      class Base { @Column('int', { nullable: true }) no; get double() { return this.no * 2; } }
      export class A extends Base { @Column('int', { nullable: true }) phone; }
      export class B { @Column('int', { nullable: true }) city; }
      export { A as C };`);
    expect(said.toSorted()).toEqual([
      'A: added',
      'B: OperatorError: One process has one kind of user: userFields is A in one application and B in another. Run them in two processes.',
      'C: added',
    ]);
  });

  it('stops the start before anything connects', async () => {
    await product.write({
      'src/main.ts': `
        import { start } from 'gatehouse';
        await start(async () => (await import('./app.module.js')).AppModule);`,
      'src/app.module.ts': `${IMPORTS}
        import { Module } from '@nestjs/common';
        import { GatehouseModule } from 'gatehouse';
        class AppUser { @UserField({ schema: {}, rules: [] }) @Column('varchar', { default: '' }) phone; }
        @Module({ imports: [GatehouseModule.forRoot({ root: import.meta.dirname })] })
        export class AppModule {}`,
    });
    const nowhere = { DATABASE_URL: 'postgresql://127.0.0.1:1/nowhere' };
    expect(await product.failToStart(nowhere)).toEqual({ code: 1, output: FORGOTTEN });
  });

  it('stops commands, check among them', async () => {
    expect(await product.runCommand('check')).toEqual({ code: 1, output: FORGOTTEN });
  });
});
