import ts from 'typescript';

/** Fields that reach the pool: directly, or by a value that they read when it has changed. */
const REACHES_POOL = /\b((Gatehouse)?DataSource|Repository|LiveCache|Counter)\b/;

/** A class as the rule sees it: which types its fields have, and what its methods are. */
interface Class {
  fields: Map<string, string>;
  methods: Map<string, ts.MethodDeclaration>;
}

/**
 * Where code that is given a transaction as `tx` asks the pool for another connection: it uses a field that reaches
 * the pool, or calls a method of ours that does without handing on the `tx`. By reading alone, so that it also holds
 * for what no test runs; a call that goes through a function or an interface is not followed.
 */
export class AsksOfThePool {
  private readonly classes = new Map<string, Class>();
  private readonly asking = new Set<ts.MethodDeclaration>();
  private readonly files: ts.SourceFile[];

  constructor(sources: { name: string; text: string }[]) {
    this.files = sources.map(({ name, text }) =>
      ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true),
    );
    for (const file of this.files) this.readClasses(file);
    let known: number;
    do {
      known = this.asking.size;
      for (const owner of this.classes.values()) {
        for (const method of owner.methods.values()) {
          if (!takesTransaction(method) && this.asksIn(method, owner).length > 0) {
            this.asking.add(method);
          }
        }
      }
    } while (this.asking.size > known);
  }

  /** How many methods ask the pool, on whatever way. */
  get count(): number {
    return this.asking.size;
  }

  /** Every place, as `file:line text`. */
  places(): string[] {
    return this.files.flatMap((file) => {
      const found: string[] = [];
      const visit = (node: ts.Node): void => {
        if (ts.isFunctionLike(node) && takesTransaction(node)) {
          const owner = this.ownerOf(node);
          for (const ask of owner ? this.asksIn(node, owner) : []) {
            const { line } = file.getLineAndCharacterOfPosition(ask.getStart());
            found.push(`${file.fileName}:${line + 1} ${ask.getText().split('\n')[0]}`);
          }
          return;
        }
        ts.forEachChild(node, visit);
      };
      visit(file);
      return found;
    });
  }

  private readClasses(file: ts.SourceFile): void {
    ts.forEachChild(file, (node) => {
      if (!ts.isClassDeclaration(node) || !node.name) return;
      const owner: Class = { fields: new Map(), methods: new Map() };
      for (const member of node.members) {
        if (ts.isMethodDeclaration(member)) owner.methods.set(member.name.getText(), member);
        if (ts.isPropertyDeclaration(member) && member.type) {
          owner.fields.set(member.name.getText(), member.type.getText());
        }
        if (!ts.isConstructorDeclaration(member)) continue;
        for (const { name, type, modifiers } of member.parameters) {
          if (modifiers && type) owner.fields.set(name.getText(), type.getText());
        }
      }
      this.classes.set(node.name.text, owner);
    });
  }

  private ownerOf(node: ts.Node): Class | undefined {
    for (let at: ts.Node | undefined = node; at; at = at.parent) {
      if (ts.isClassDeclaration(at) && at.name) return this.classes.get(at.name.text);
    }
    return undefined;
  }

  /** What in a function asks the pool, but for what it does where an optional `tx` is not given. */
  private asksIn(node: ts.Node, owner: Class): ts.Node[] {
    const found: ts.Node[] = [];
    const visit = (at: ts.Node): void => {
      if (ts.isBinaryExpression(at) && mayBeTransaction(at)) return;
      if (this.asks(at, owner)) found.push(at);
      ts.forEachChild(at, visit);
    };
    ts.forEachChild(node, visit);
    return found;
  }

  private asks(node: ts.Node, owner: Class): boolean {
    if (isOwn(node)) return REACHES_POOL.test(owner.fields.get(node.name.text) ?? '');
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
    const { expression: object, name } = node.expression;
    const callee =
      object.kind === ts.SyntaxKind.ThisKeyword
        ? owner
        : isOwn(object)
          ? this.classes.get(owner.fields.get(object.name.text) ?? '')
          : undefined;
    const method = callee?.methods.get(name.text);
    if (!method) return false;
    if (!takesTransaction(method)) return this.asking.has(method);
    return !node.arguments.some((argument) => argument.getText() === 'tx');
  }
}

function takesTransaction({ parameters }: ts.SignatureDeclaration): boolean {
  return parameters.some(({ name }) => name.getText() === 'tx');
}

/** `tx?.getRepository(User) ?? this.users`: the pool, only where there is no transaction. */
function mayBeTransaction({ left, operatorToken }: ts.BinaryExpression): boolean {
  return operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken && /^tx\b/.test(left.getText());
}

/** `this.something` */
function isOwn(node: ts.Node): node is ts.PropertyAccessExpression & { name: ts.Identifier } {
  return ts.isPropertyAccessExpression(node) && node.expression.kind === ts.SyntaxKind.ThisKeyword;
}
