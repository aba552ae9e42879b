import { projectFiles, readProjectFile } from "../support/project_files.ts";
import { type Document, parseDocument } from "./document.ts";

/** All Markdown files of the project, by path. */
export async function readDocuments(): Promise<readonly Document[]> {
  const paths = (await projectFiles()).filter((path) => path.endsWith(".md")).toSorted();
  return await Promise.all(
    paths.map(async (path) => parseDocument(path, await readProjectFile(path))),
  );
}
