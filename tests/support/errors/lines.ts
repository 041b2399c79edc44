/**
 * Every code of the dialects' tables, and how it is known: provoked on a server, or only by documentation,
 * and why. A code that is provoked and not told so, or told so and not provoked, fails a test.
 */
export type Evidence = 'provoked' | { readonly documented: string };

const documented = (reason: string): Evidence => ({ documented: reason });

const ofPoolers = documented('said by poolers and by drivers in other languages');
const ofDistributed = documented('said by CockroachDB and by poolers');
const ofDisks = documented('needs a disk that is full or broken');
const ofMySql = documented('MariaDB does not say it');
const ofNetworks = documented('the server writes it into its log: its client is gone');
const ofClusters = documented('needs a cluster');

export const postgresLines: Readonly<Record<string, Evidence>> = {
  '40001': 'provoked',
  '40P01': 'provoked',
  '55P03': 'provoked',
  '23505': 'provoked',
  '23P01': 'provoked',
  '08000': ofPoolers,
  '08001': ofPoolers,
  '08003': ofPoolers,
  '08004': ofPoolers,
  '08006': ofPoolers,
  '08007': ofDistributed,
  '40003': ofDistributed,
  '25P03': 'provoked',
  '57P01': 'provoked',
  '57P02': documented('a crashing server says it as a warning, and hangs up'),
  '57P05': 'provoked',
  '57P03': 'provoked',
  '53300': 'provoked',
  '53000': ofPoolers,
  '53100': ofDisks,
  '53200': 'provoked',
  '53400': 'provoked',
  '58000': ofDisks,
  '58030': ofDisks,
  '25006': 'provoked',
  '57014': 'provoked',
  '25P02': 'provoked',
  '23503': 'provoked',
  '08P01': 'provoked',
  '0A000': 'provoked',
  '26000': 'provoked',
};

export const mysqlLines: Readonly<Record<string, Evidence>> = {
  '1213': 'provoked',
  '1205': 'provoked',
  '3572': ofMySql,
  '1020': 'provoked',
  '3101': documented('MySQL’s Group Replication says it'),
  '1062': 'provoked',
  '1452': 'provoked',
  '1216': documented('said instead of 1452 to whoever may not see the other table'),
  '1586': documented('servers of today say 1062 with its text'),
  '1040': 'provoked',
  '1203': 'provoked',
  '1226': 'provoked',
  '1568': 'provoked',
  '1047': ofClusters,
  '1053': documented('a server that shuts down closes the connection before it is read'),
  '1152': ofNetworks,
  '1153': 'provoked',
  '1158': ofNetworks,
  '1159': ofNetworks,
  '1160': ofNetworks,
  '1161': ofNetworks,
  '1180': ofClusters,
  '1927': documented('mysql2 tells of the closed connection instead: PROTOCOL_CONNECTION_LOST'),
  '4031': ofMySql,
  '1290': 'provoked',
  '1836': ofMySql,
  '1792': 'provoked',
  '1317': 'provoked',
  '1969': 'provoked',
  '3024': ofMySql,
  '1390': 'provoked',
};

export const provokedOf = (lines: Readonly<Record<string, Evidence>>): string[] =>
  Object.keys(lines).filter((code) => lines[code] === 'provoked');
