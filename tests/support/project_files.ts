/** The project's folder. */
export const PROJECT = new URL("../../", import.meta.url);

/** The text of a file of the project. @param path relative to its folder */
export async function readProjectFile(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(path, PROJECT));
}

/** Paths of all files that git knows or would add, relative to the project's folder. */
export async function projectFiles(): Promise<string[]> {
  const { code, stdout, stderr } = await new Deno.Command("git", {
    args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    cwd: PROJECT,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(`Cannot list the project's files: ${decoder.decode(stderr)}`);
  const paths = decoder.decode(stdout).split("\0").filter((path) => path !== "");
  const present = await Promise.all(paths.map(async (path) => {
    try {
      return (await Deno.stat(new URL(path, PROJECT))).isFile;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }));
  return paths.filter((_, index) => present[index]);
}
