// SPDX-License-Identifier: GPL-3.0-or-later
//
// Job type for Flamenco 3: the shots of a Neural Motion jobs file, one task for each.
// Put it into the folder "scripts" next to flamenco-manager, and start the manager anew.
// Its language is that of goja, which the manager runs it with: ECMAScript 5.1 and most of 6.

const JOB_TYPE = {
    label: "Neural Motion Batch",
    description: "Generate the shots of a Neural Motion jobs file, one task for each",
    settings: [
        { key: "jobs_file", type: "string", subtype: "file_path", required: true,
          eval: "str(abspath('//jobs.toml'))",
          evalInfo: { showLinkButton: true, description: "jobs.toml beside this file" },
          description: "The jobs file (TOML or JSON), under a path that all workers see" },
        { key: "names", type: "string", required: true,
          eval: "__import__('json').dumps([job['name'] for job in " +
                "__import__('json' if settings.jobs_file.lower().endswith('.json') else 'tomllib')" +
                ".loads(Path(abspath(settings.jobs_file)).read_text('utf-8-sig')).get('job', [])])",
          evalInfo: { showLinkButton: true, description: "All jobs of the file" },
          description: "Names of the jobs: a JSON list, or with commas between them" },
        { key: "overwrite", type: "bool", default: false,
          description: "Replace outputs that exist" },
        { key: "chunk_size", type: "int32", default: 1, propargs: { min: 1, max: 1000 },
          visible: "submission", description: "Jobs that one start of Blender does" },
        { key: "time_limit", type: "int32", default: 0, propargs: { min: 0 }, visible: "submission",
          description: "Seconds for each job; 0 for no limit" },
        { key: "warnings_fail", type: "bool", default: false, visible: "submission",
          description: "A shot that is written, but with warnings, fails its task" },
        { key: "root", type: "string", subtype: "dir_path", default: "", visible: "submission",
          description: "A further folder that jobs may use; empty for the jobs file's own alone" },
        { key: "state", type: "string", subtype: "dir_path", default: "", visible: "submission",
          description: "Where it is kept what is done; empty for beside the jobs file" },
        { key: "blender", type: "string", default: "{blender}", visible: "hidden",
          description: "Blender on the workers, with the extension installed" },
    ]
};

function compileJob(job) {
    const settings = job.settings;
    const names = jobNames(settings.names);

    // The file is looked through once: with a mistake in it, or an output that is in the way, no
    // shot is begun, and who submitted it is still there to see it.
    const check = author.Task("check the jobs file", "blender");
    check.addCommand(run(settings, ["--dry-run"].concat(workOptions(settings), only(names))));
    job.addTask(check);

    const size = Math.max(1, Math.floor(settings.chunk_size || 1));
    for (let at = 0; at < names.length; at += size) {
        const some = names.slice(at, at + size);
        const task = author.Task(title(some), "blender");
        task.addCommand(run(settings, workOptions(settings).concat(only(some))));
        task.addDependency(check);
        job.addTask(task);
    }
}

// What is in the setting: every name once, in its order.
function jobNames(text) {
    const trimmed = String(text || "").trim();
    const found = trimmed.charAt(0) === "[" ? JSON.parse(trimmed) : trimmed.split(/[\s,]+/);
    const names = new Set();
    for (const name of found) {
        if (typeof name !== "string") {
            throw new Error("Names has " + JSON.stringify(name) + "; give a JSON list of names");
        }
        if (name.charAt(0) === "-") {
            throw new Error("Names has '" + name + "', which is an option and no name of a job");
        }
        if (name !== "") {
            names.add(name);
        }
    }
    if (names.size === 0) {
        throw new Error("Names is empty; give the names of the jobs to be done");
    }
    return Array.from(names);
}

function title(names) {
    const last = names[names.length - 1];
    return names.length === 1 ? names[0] : names[0] + " to " + last;
}

function only(names) {
    return names.reduce(function (words, name) { return words.concat(["--only", name]); }, []);
}

// A task may be done a second time, on another worker: what the first one finished is left alone.
function workOptions(settings) {
    const options = ["--resume"];
    if (!settings.warnings_fail) {
        options.push("--accept-warnings"); // Flamenco takes any exit code but 0 for a failure
    }
    if (settings.overwrite) {
        options.push("--overwrite");
    }
    if (settings.time_limit > 0) {
        options.push("--time-limit", String(settings.time_limit));
    }
    return options;
}

// One run of Blender, scripts of the user's files switched off.
function run(settings, options) {
    const args = ["-b", "--disable-autoexec", "--command", "neural_motion", "run",
                  settings.jobs_file].concat(
        settings.root ? ["--root", settings.root] : [],
        settings.state ? ["--state", settings.state] : [],
        options
    );
    return author.Command("exec", { exe: settings.blender || "{blender}", args: args });
}
