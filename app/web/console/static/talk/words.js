// What a call's conversation is told in: to its caller, and to whoever looks on.

const TIMERS = { no_input: "waits", next_key: "next key within", end_of_turn: "listens for", model: "thinks for" };

const DOING = {
  connecting: "Connecting", preparing: "About to speak", speaking: "Speaking", listening: "Your turn",
  hearing: "Listening", keying: "Keys", deciding: "One moment", thinking: "Thinking",
  transferring: "Handing over", handed_over: "Handed over", closing: "Last words", over: "Over",
};

/** To the caller, who sits before the page. */
export const TO_CALLER = {
  said: "You: ",
  typed: "You typed: ",
  pressed: "You pressed: ",
  isTypedSeen: false, // who typed knows
  interrupted: { voice: "You interrupted", operator: "Interrupted" },
  early: (key) => `“${key}” did not count: listen first`,
  lost: "", // the page sees for itself that its line is gone
  joined: "Connected again: the call goes on where it was",
  transfer: (to) => `Would hand you over to ${to}: nobody can be reached from a browser`,
  transferEnded: () => "",
  asked: "Asked now",
  first: "Listen first",
  question: ({ text }) => text,
  freely: "your own words",
  doing: (state) => DOING[state] ?? state,
  timers: TIMERS,
};

/** To an operator. The states are called as in the list of live calls. */
export const TO_ONLOOKER = {
  said: "Caller: ",
  typed: "typed ",
  pressed: "Caller pressed: ",
  isTypedSeen: true,
  interrupted: { voice: "The caller interrupted", operator: "Interrupted" },
  early: (key) => `“${key}” did not count: this is to be heard first`,
  lost: "The line was lost: the call waits to be resumed",
  joined: "The line is back: the call goes on where it was",
  transfer: (to) => `The bot hands over to ${to}`,
  transferEnded: (taken) => (taken ? "Handed over" : "Nobody took the call"),
  asked: "Asked now",
  first: "To be heard first",
  question: ({ step, text }) => `${step}: ${text}`,
  freely: "their own words",
  doing: (state) => state.replaceAll("_", " "),
  timers: TIMERS,
};
