import type { PackageRevision, Resource } from './entities';

/** The files of a package by their names; one of them is the Kptfile. */
export type Files = Readonly<Record<string, string>>;

/** What somebody writes: all files, under a tag that nobody else uses. */
export interface Content {
  readonly tag: string;
  readonly files: Files;
}

/** A package as somebody has read it. */
export interface ReadContent {
  /** Null of a package that nobody has written yet. */
  readonly tag: string | null;
  readonly files: Files;
  readonly rowVersion: number;
}

/** Turns what was read into what shall be written: it may take its time. */
export type Renderer = (read: ReadContent) => Promise<Content>;

/** The columns of the package that follow from its content. */
export const derivedFrom = ({ tag, files }: Content) => ({
  contentTag: tag,
  kptfileStatus: JSON.stringify({ size: files['Kptfile']?.length ?? 0 }),
});

export const resourcesOf = ({ tag, files }: Content) =>
  Object.entries(files).map(([resourceKey, resourceValue]) => ({
    resourceKey,
    resourceValue,
    writerTag: tag,
  }));

export const contentOf = (
  { contentTag, rowVersion }: PackageRevision,
  resources: readonly Resource[],
): ReadContent => ({
  tag: contentTag,
  rowVersion,
  files: Object.fromEntries(
    resources.map(({ resourceKey, resourceValue }) => [resourceKey, resourceValue]),
  ),
});
