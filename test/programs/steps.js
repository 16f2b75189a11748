// Steps of a script, each of which prints a line that run_programs.py reads.
"use strict";

const { isDeepStrictEqual } = require("node:util");

// Returns whether a value contains all expected properties.
function contains(value, expected) {
  if (expected === null || typeof expected !== "object") return isDeepStrictEqual(value, expected);
  return value != null && Object.keys(expected).every((key) => contains(value[key], expected[key]));
}

// Calls a function, prints the outcome, and returns the result if it is as expected.
async function step(name, call, expected) {
  let result;
  try {
    result = await call();
  } catch (error) {
    const body = error.response && error.response.data;
    console.log(`DIFFERS ${name}: ${error.message} ${body ? JSON.stringify(body) : ""}`);
    return undefined;
  }
  const fine = expected === undefined || (typeof expected === "function" ? expected(result) : contains(result, expected));
  console.log(fine ? `ok ${name}` : `DIFFERS ${name}: unexpected result: ${JSON.stringify(result)}`);
  return fine ? result : undefined;
}

// Prints that a step is skipped, and the reason.
const skip = (name, reason) => console.log(`SKIPPED ${name}: ${reason}`);

// Exits with 1 if the script itself fails.
function walk(main) {
  main().catch((error) => {
    console.log(`DIFFERS the walk ended early: ${error.stack.split("\n").slice(0, 2).join(" ")}`);
    process.exitCode = 1;
  });
}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

module.exports = { skip, sleep, step, walk };
