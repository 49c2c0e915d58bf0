/** Why a local stack did not start, in one line that says what to do. */
export class StackError extends Error {
  override readonly name = "StackError";
}
