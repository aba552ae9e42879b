/**
 * The house rules that a machine can check, for `deno lint`: sizes that keep a file and a function
 * readable at one sitting, and functions that are declared as such.
 */

/** Lines in one source file. */
export const FILE_LINES_MAX = 400;
/** Lines in one function, its signature among them. */
export const FUNCTION_LINES_MAX = 70;

const plugin: Deno.lint.Plugin = {
  name: "quotewire",
  rules: {
    "file-lines-max": {
      create(context) {
        return {
          Program(node) {
            const lines = linesOf(context, node);
            if (lines <= FILE_LINES_MAX) return;
            context.report({
              node,
              message: `A file must have at most ${FILE_LINES_MAX} lines, this one has ${lines}`,
              hint: "Find the second noun in it and give that a file of its own.",
            });
          },
        };
      },
    },
    "function-lines-max": {
      create(context) {
        const check = (node: Deno.lint.Node) => {
          const lines = linesOf(context, node);
          if (lines <= FUNCTION_LINES_MAX) return;
          context.report({
            node,
            message:
              `A function must have at most ${FUNCTION_LINES_MAX} lines, this one has ${lines}`,
            hint: "Push the loops down and the decisions up.",
          });
        };
        return {
          FunctionDeclaration: check,
          FunctionExpression: check,
          ArrowFunctionExpression: check,
        };
      },
    },
    "no-top-level-arrow": {
      create(context) {
        return {
          "Program > VariableDeclaration > VariableDeclarator > ArrowFunctionExpression"(node) {
            context.report({
              node,
              message: "A top-level function must be declared as a function",
            });
          },
          "Program > ExportNamedDeclaration > VariableDeclaration > VariableDeclarator > ArrowFunctionExpression"(
            node,
          ) {
            context.report({
              node,
              message: "A top-level function must be declared as a function",
            });
          },
        };
      },
    },
  },
};

export default plugin;

function linesOf(context: Deno.lint.RuleContext, node: Deno.lint.Node): number {
  return context.sourceCode.getText(node).split("\n").length;
}
