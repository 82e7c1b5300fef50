// What is drawn, the steps that led there, and what the server has not answered yet: drawing.js stands on it.
//
// The server keeps the history and has the last word. The steps that this page has seen are kept here too, so that
// undo is seen at once, and what is drawn right after it builds on what was left and not on what was undone.

const MOST_UNANSWERED = 20;

class Steps {
  constructor(turn) {
    this.turn = turn;
    this.marks = [];
    this.known = "[]";  // the marks of this step, as text: what is dragged at the moment is no step
    this.past = [];
    this.future = [];
    this.unanswered = [];
    this.isBlind = false;  // asked for a step that only the server knows: what is drawn now would build on nothing
  }

  // Takes the server's answer, unless it is to an earlier turn.
  hear({ turn, marks }) {
    this.unanswered = this.unanswered.filter((one) => one.turn > turn);
    if (turn < this.turn) return;
    [this.turn, this.marks, this.isBlind] = [turn, marks, false];
    const text = JSON.stringify(marks.map(rounded));
    if (text === this.known) return;
    [this.past, this.future, this.known] = [[], [], text];  // changed elsewhere: by numbers, or on another page
  }

  // Returns what to send.
  step() {
    const sent = this.marks.map(rounded);
    const text = JSON.stringify(sent);
    if (text !== this.known) {
      this.past.push(this.known);
      [this.future, this.known] = [[], text];
    }
    return this.say({ marks: sent });
  }

  ask(what) {
    if (what === "clear") {
      if (this.known !== "[]") this.go("[]", () => { this.past.push(this.known); this.future = []; });
    } else {
      const [from, to] = what === "undo" ? [this.past, this.future] : [this.future, this.past];
      if (from.length) this.go(from.pop(), () => to.push(this.known));
      else this.isBlind = true;
    }
    return this.say({ ask: what });
  }

  go(text, before) {
    before();
    [this.known, this.marks] = [text, JSON.parse(text)];
  }

  say(what) {
    this.turn += 1;
    this.unanswered.push({ turn: this.turn, ...what });
    return this.unanswered.slice(-MOST_UNANSWERED);
  }

  // While there are answers to come, what the server said of its steps is of another time.
  can(what, said) {
    const steps = what === "undo" ? this.past : this.future;
    return steps.length > 0 || (said && !this.unanswered.length);
  }
}
