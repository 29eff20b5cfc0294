// What has to be done when a test ends, last begun first ended. All of it is
// done, also where a part fails; then the first failure is the test's.

const stacks = new WeakMap();

export function atEnd(test, action) {
  let stack = stacks.get(test);
  if (!stack) {
    stack = [];
    stacks.set(test, stack);
    test.after(() => unwind(stack));
  }
  stack.push(action);
}

async function unwind(stack) {
  const failures = [];
  while (stack.length > 0) {
    try {
      await stack.pop()();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
