/** A `package-lock.json`, as far as it matters here. */
export interface Lock {
  /** By their places; that of the project itself is empty. */
  readonly packages: Readonly<Record<string, Locked>>;
}

interface Locked {
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * Packages that run a script when they are installed, though nothing has to be built. Whoever forbids install scripts loses nothing.
 */
const harmlessScripts = new Map([
  // Comes with grpc-js, which only loads protos with it. Its script prints a hint about version ranges.
  ["protobufjs", "prints a hint"],
]);

/** How many packages an installation brings, jobcontrol itself not counted. */
const mostPackages = 60;

/** Throws where what the package depends on, directly or not, is too much or would have to be built. */
export function checkDependencies(lock: Lock): void {
  const installed = installedOf(lock.packages);
  console.log(`dependencies: ${installed.size} packages`);
  const building = [...installed].filter(
    (path) => lock.packages[path]?.hasInstallScript === true && !harmlessScripts.has(nameOf(path)),
  );
  if (building.length > 0) throw new Error(`Would have to be built: ${building.map(nameOf).join(", ")}`);
  if (installed.size > mostPackages) {
    throw new Error(`Too many dependencies: ${installed.size} of at most ${mostPackages}`);
  }
}

/** The places in the lock of all that an installation of the package brings. */
function installedOf(packages: Readonly<Record<string, Locked>>): Set<string> {
  const installed = new Set<string>();
  const ahead = [""];
  for (let path = ahead.pop(); path !== undefined; path = ahead.pop()) {
    const { dependencies = {}, optionalDependencies = {} } = packages[path] ?? {};
    for (const name of [...Object.keys(dependencies), ...Object.keys(optionalDependencies)]) {
      const found = resolved(name, path, packages);
      if (found === undefined) throw new Error(`Not in the lock: ${name}`);
      if (installed.has(found)) continue;
      installed.add(found);
      ahead.push(found);
    }
  }
  return installed;
}

/** The nearest one, as Node looks for it: beside what needs it, or further out. */
function resolved(
  name: string,
  from: string,
  packages: Readonly<Record<string, Locked>>,
): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    const path = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (packages[path] !== undefined) return path;
    if (folder === "") return undefined;
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
}
