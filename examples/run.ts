// Runs one example on a database that is started for it: `npm run example transfer`.
import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { createDatabase, dropDatabase } from '../tests/setup/databases';
import { Account, Product } from './entities';
import { CommandLineError, readCommandLine, type CommandLine } from './setup/command-line';
import { listExamples, loadExample } from './setup/list-examples';
import { runMain } from './setup/run-main';
import { startServer } from './setup/start-server';

const usage =
  'npm run example <name> [-- --database postgres|mariadb]; without a name it lists them';

async function main(): Promise<number> {
  const { help, names, database } = readCommandLine(process.argv.slice(2), { names: true });
  const [name, ...more] = names;
  if (help || name === undefined) {
    console.log(await describeExamples());
    return 0;
  }
  if (more.length > 0) throw new CommandLineError('one example at a time');
  if (!listExamples().includes(name)) {
    throw new CommandLineError(`no example is called ${name}`);
  }
  await runExample(name, database);
  return 0;
}

async function describeExamples(): Promise<string> {
  const lines = listExamples().map(async (name) => {
    const { title } = await loadExample(name);
    return `  ${name.padEnd(14)} ${title}`;
  });
  return [usage, '', ...(await Promise.all(lines))].join('\n');
}

async function runExample(name: string, type: CommandLine['database']): Promise<void> {
  const { run, title, entities = [Account, Product] } = await loadExample(name);
  const server = await startServer(type);
  try {
    const url = await createDatabase(server);
    // TypeORM takes the type from the url where both are given.
    const common = { url: url.replace(/^[^:]+/, type), entities: [...entities] };
    const dataSource = new DataSource({ ...common, type, synchronize: true });
    await dataSource.initialize();
    console.log(`\n${name} ${title}\n`);
    await run(dataSource, (line) => console.log(line));
    await dataSource.destroy();
    await dropDatabase(server, url);
    console.log('\nchecked: it ended as it should');
  } finally {
    await server.stop();
  }
}

runMain(usage, main);
