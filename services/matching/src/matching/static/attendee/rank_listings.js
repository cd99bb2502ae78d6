// Ranking by dragging. Everything works without this file, by the buttons of each row.
"use strict";

// This runs again each time the page is replaced, and listens once.
window.prepareRankings ??= (() => {
  let dragged = null;

  const listOf = (target) => target instanceof Element ? target.closest("[data-ranking]") : null;
  const prepare = () => {
    for (const row of document.querySelectorAll("[data-ranking] > li")) row.draggable = true;
  };

  document.addEventListener("dragstart", (event) => {
    const row = event.target instanceof Element ? event.target.closest("[data-ranking] > li") : null;
    if (!row) return;
    dragged = row;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
  });
  document.addEventListener("dragover", (event) => {
    if (!dragged || listOf(event.target) !== dragged.parentElement) return;
    event.preventDefault();
    const over = event.target.closest("[data-ranking] > li");
    if (!over || over === dragged) return;
    const box = over.getBoundingClientRect();
    over.parentElement.insertBefore(dragged, event.clientY < box.top + box.height / 2 ? over : over.nextSibling);
  });
  document.addEventListener("drop", (event) => {
    if (!dragged || listOf(event.target) !== dragged.parentElement) return;
    event.preventDefault();
    // The server shows the new order, with the right buttons, and says that it is not sent yet.
    const form = dragged.closest("form");
    const keep = document.createElement("button");
    keep.name = "move";
    keep.value = "keep";
    keep.hidden = true;
    form.append(keep);
    form.requestSubmit(keep);
  });
  document.addEventListener("dragend", () => { dragged = null; });
  return prepare;
})();
window.prepareRankings();
