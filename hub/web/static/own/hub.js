// Saves a reload and a lost session; every page works without it. No case text passes through here.
const worklist = document.querySelector("[data-live]");
if (worklist && "EventSource" in window) {
  const link = worklist.querySelector("a");
  const stream = new EventSource(worklist.dataset.live);
  stream.addEventListener("newer", (event) => {
    const number = Number(event.data);
    worklist.hidden = !(number > 0);
    link.textContent = number === 1 ? "1 new alert: show it" : `${number} new alerts: show them`;
  });
  window.addEventListener("pagehide", () => stream.close());
}

const ending = document.querySelector("[data-idle]");
if (ending) {
  const warnAfter = Math.max(0, Number(ending.dataset.idle) - 300) * 1000;
  let timer = setTimeout(warn, warnAfter);
  function warn() {
    ending.hidden = false;
    ending.querySelector("button").focus();
  }
  ending.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch(event.target.action, { method: "POST", body: new URLSearchParams(new FormData(event.target)) });
    if (!answer.ok) {
      window.location.reload();
      return;
    }
    ending.hidden = true;
    clearTimeout(timer);
    timer = setTimeout(warn, warnAfter);
  });
}
