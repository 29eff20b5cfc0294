// Clean-up at the end of a test, in reverse order. All of it runs even if a part
// fails; the first failure then fails the test.

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
