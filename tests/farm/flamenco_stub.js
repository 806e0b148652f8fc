// What Flamenco 3 gives a job compiler script, as its documentation and its built-in scripts show it:
// author.Task(name, type), author.Command(name, parameters), task.addCommand, task.addDependency,
// job.addTask. What it refuses, this refuses.
"use strict";

var given = { tasks: [] };

function needed(what, text) {
    if (typeof text !== "string" || text.trim() === "") {
        throw new Error(what + " is required");
    }
    return text;
}

function StubTask(name, type) {
    this.name = needed("name", name);
    this.type = needed("type", type);
    this.commands = [];
    this.dependencies = [];
}
StubTask.prototype.addCommand = function (command) {
    if (!command || !command.isCommand) { throw new Error("no command"); }
    this.commands.push({ name: command.name, parameters: command.parameters });
};
StubTask.prototype.addDependency = function (task) {
    if (!(task instanceof StubTask)) { throw new Error("no task"); }
    this.dependencies.push(task.name);
};

var author = {
    Task: function (name, type) { return new StubTask(name, type); },
    Command: function (name, parameters) {
        return { isCommand: true, name: needed("command", name), parameters: parameters };
    },
};

function print() {}

function compiled(settings) {
    var job = {
        name: "night", settings: JSON.parse(settings),
        addTask: function (task) {
            if (!(task instanceof StubTask)) { throw new Error("no task"); }
            given.tasks.push(task);
        },
    };
    given.tasks = [];
    compileJob(job);
    return JSON.stringify(given.tasks);
}
