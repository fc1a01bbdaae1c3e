import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SECRET_VARIABLES } from '../../src/platform/config/secret-files.js';
import { TEST_SECRET } from '../support/app.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { readPage } from '../support/doc-page.js';
import { freePort, ROOT, run, startServer } from '../support/process.js';
import { Product } from '../support/product.js';
import { yamlDocuments } from '../support/yaml.js';

interface Container {
  command?: string[];
  ports?: [{ name: string; containerPort: number }];
  envFrom: [{ configMapRef: { name: string } }];
  volumeMounts: [{ name: string; mountPath: string }];
  securityContext: object;
  [probe: `${string}Probe`]: { httpGet: { path: string; port: string } };
}

interface PodTemplate {
  metadata: { labels: Record<string, string> };
  spec: {
    terminationGracePeriodSeconds: number;
    securityContext: object;
    containers: [Container];
    volumes: [{ name: string; secret: { secretName: string } }];
  };
}

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  data: Record<string, string>;
  spec: {
    template: PodTemplate;
    selector: { matchLabels: Record<string, string> } & Record<string, string>;
    ports: [{ targetPort: string }];
  };
}

const { setup } = readPage('docs/kubernetes.md');
const manifests = setup
  .filter(({ language }) => language === 'yaml')
  .flatMap(({ code }) => yamlDocuments<Manifest>(code));
const manifest = (kind: string) => manifests.find((one) => one.kind === kind)!;
const [job, deployment] = ['Job', 'Deployment'].map((kind) => manifest(kind).spec.template);
const { data, metadata } = manifest('ConfigMap');
const containers = [job!, deployment!].map(({ spec }) => spec.containers[0]);
const { mountPath } = containers[0]!.volumeMounts[0];

describe('docs/kubernetes.md', () => {
  it('has manifests that refer to each other', () => {
    expect(manifests.map(({ kind }) => kind)).toEqual([
      'ConfigMap',
      'Job',
      'Deployment',
      'PodDisruptionBudget',
      'Service',
    ]);
    for (const { spec } of [job!, deployment!]) {
      const [container] = spec.containers;
      expect(container.envFrom[0].configMapRef.name).toBe(metadata.name);
      expect(spec.volumes[0].name).toBe(container.volumeMounts[0].name);
      expect(container.volumeMounts[0].mountPath).toBe(mountPath);
      expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
      expect(container.securityContext).toEqual({
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
    }
    const { labels } = deployment!.metadata;
    expect(manifest('Deployment').spec.selector.matchLabels).toEqual(labels);
    expect(manifest('PodDisruptionBudget').spec.selector.matchLabels).toEqual(labels);
    expect(manifest('Service').spec.selector).toEqual(labels);
    expect(job!.metadata.labels).not.toEqual(labels);
    const [http] = containers[1]!.ports!;
    expect(manifest('Service').spec.ports[0].targetPort).toBe(http.name);
  });

  it('sets variables that there are, and reads secrets that are made', () => {
    const configuration = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
    const { secret } = deployment!.spec.volumes[0];
    const create = setup.find(({ language }) => language === 'sh')!.code;
    expect(create).toContain(`kubectl create secret generic ${secret.secretName} `);
    const made = [...create.matchAll(/--from-literal=([\w-]+)=/g)].map(([, name]) => name);
    const read = Object.entries(data).filter(([name]) => name.endsWith('_FILE'));
    expect(read.map(([, path]) => path)).toEqual(made.map((name) => `${mountPath}/${name}`));
    const secrets: readonly string[] = SECRET_VARIABLES;
    expect(read.filter(([name]) => !secrets.includes(name.replace(/_FILE$/, '')))).toEqual([]);
    const others = Object.keys(data).filter((name) => !name.endsWith('_FILE'));
    expect(others.filter((name) => !configuration.includes(`| \`${name}\` `))).toEqual([]);
  });

  it('gives a pod more time than it may take to end', () => {
    const delay = Number(/^(\d+)s$/.exec(data.SHUTDOWN_DELAY!)![1]);
    expect(deployment!.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(delay + 25);
  });

  describe('with a product', () => {
    let product: Product;
    let empty: TestDatabase;
    let variables: Record<string, string>;
    beforeAll(async () => {
      product = await Product.create();
      empty = await createDatabase('template0');
      const folder = join(product.folder, 'secrets');
      const values = {
        'app-secret': TEST_SECRET,
        'database-url': empty.url,
        'smtp-url': 'smtps://smtp.example.com:465',
        'metrics-token': 'a-token-of-the-metrics-with-32-bytes',
      };
      mkdirSync(folder);
      for (const [name, value] of Object.entries(values)) writeFileSync(join(folder, name), value);
      const mounted = Object.entries(data).map(([name, value]) => [
        name,
        value.replace(mountPath, folder),
      ]);
      variables = {
        ...(Object.fromEntries(mounted) as Record<string, string>),
        // Here alone: on this machine only, and without a pause.
        HOST: '127.0.0.1',
        PORT: String(await freePort()),
        SHUTDOWN_DELAY: '0s',
      };
    });
    afterAll(async () => {
      await empty.close();
      await product.remove();
    });

    it('does not start before the job, migrates by its command, and answers the probes', async () => {
      const options = { cwd: product.folder };
      const early = run('main', [], variables, options);
      expect([await early.exited, early.output()]).toEqual([
        1,
        expect.stringContaining('are pending'),
      ]);
      const [program, ...words] = containers[0]!.command!;
      expect(program).toBe('node_modules/.bin/gatehouse');
      expect(await run('bin', words, variables, options).exited).toBe(0);
      const { http, stop } = await startServer(variables, options);
      const [{ name }] = containers[1]!.ports!;
      for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) {
        const { path, port } = containers[1]![probe]!.httpGet;
        expect([probe, port, (await http.get(path)).status]).toEqual([probe, name, 200]);
      }
      expect(await stop()).toBe(0);
    }, 60_000);
  });
});
