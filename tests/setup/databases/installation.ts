import { cp, mkdir, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { mayReach } from './server-user';
import type { Workspace } from './workspace';

/** The programs of one database engine; all paths are relative to `root`. */
export interface Installation {
  readonly root: string;
  readonly server: string;
  readonly initializer: string;
  /** Set where the programs were unpacked elsewhere than where they were built for. */
  readonly basedir?: string;
  readonly libraries?: readonly string[];
  /** Libraries that are needed under another name: file → names. */
  readonly links?: Readonly<Record<string, readonly string[]>>;
}

/** The same programs as absolute paths that the user of the workspace may run. */
export interface Programs {
  readonly server: string;
  readonly initializer: string;
  readonly basedir: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** Makes an installation usable for the workspace: reachable, and with its libraries found. */
export async function prepareInstallation(
  installation: Installation,
  workspace: Workspace,
): Promise<Programs> {
  const root = await reachableRoot(installation, workspace);
  const linked = await linkLibraries(root, installation.links ?? {}, workspace);
  const libraries = [...linked, ...(installation.libraries ?? []).map((path) => join(root, path))];
  const inherited = process.env['LD_LIBRARY_PATH'];
  return {
    server: join(root, installation.server),
    initializer: join(root, installation.initializer),
    basedir: installation.basedir === undefined ? undefined : join(root, installation.basedir),
    env: {
      ...process.env,
      // The folder of this process may be closed to the user of the server.
      TMPDIR: workspace.folder,
      ...(libraries.length > 0 && {
        LD_LIBRARY_PATH: [...libraries, ...(inherited ? [inherited] : [])].join(':'),
      }),
    },
  };
}

async function reachableRoot({ root, server }: Installation, workspace: Workspace) {
  if (mayReach(join(root, server), workspace.user)) return root;
  if (root === '/') throw new Error(`${workspace.user?.name} may not run ${join(root, server)}`);
  const copy = join(workspace.folder, 'programs');
  await cp(root, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

async function linkLibraries(
  root: string,
  links: Readonly<Record<string, readonly string[]>>,
  workspace: Workspace,
): Promise<string[]> {
  const all = Object.entries(links).flatMap(([file, names]) => names.map((name) => [file, name]));
  if (all.length === 0) return [];
  const folder = join(workspace.folder, 'libraries');
  await mkdir(folder);
  for (const [file = '', name = ''] of all) {
    await symlink(join(root, file), join(folder, basename(name)));
  }
  return [folder];
}
