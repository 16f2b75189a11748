// The steps of a walk, each of which prints a line that run_programs.py reads.
"use strict";

const { isDeepStrictEqual } = require("node:util");

// Whether all that is expected is in a value, which may have more.
function contains(value, expected) {
  if (expected === null || typeof expected !== "object") return isDeepStrictEqual(value, expected);
  return value != null && Object.keys(expected).every((key) => contains(value[key], expected[key]));
}

// Calls something, and returns what it returns, or nothing if that is not as expected.
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
  console.log(fine ? `ok ${name}` : `DIFFERS ${name}: this is not right: ${JSON.stringify(result)}`);
  return fine ? result : undefined;
}

// Says that something is not called, and why.
const skip = (name, reason) => console.log(`SKIPPED ${name}: ${reason}`);

// Ends with 1 where a walk itself breaks.
function walk(main) {
  main().catch((error) => {
    console.log(`DIFFERS the walk ended early: ${error.stack.split("\n").slice(0, 2).join(" ")}`);
    process.exitCode = 1;
  });
}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

module.exports = { skip, sleep, step, walk };
