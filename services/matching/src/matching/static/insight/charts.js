"use strict";
// Draws each figure's chart from the figure's own table: both say the same, and without this script the table remains.
(() => {
  const ROW = 18; // pixels of one bar with its gap
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const narrow = matchMedia("(max-width: 40rem)");
  let charts = [];

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text);
  const lines = (text) => text.match(/.{1,34}(\s|$)|.{1,34}/g) || [text];

  // The table: labels of its first column, and of each drawn column its head, numbers (null: fewer than 3) and texts.
  function read(figure) {
    const heads = [...figure.querySelectorAll("thead th")];
    const rows = [...figure.querySelectorAll("tbody tr")].map((row) => [...row.cells]);
    const drawn = heads.flatMap((head, column) => (head.hasAttribute("data-drawn") ? [column] : []));
    const number = (cell) => (cell.querySelector("data") ? Number(cell.querySelector("data").value) : null);
    return {
      rows: rows.map((cells) => cells.map((cell) => cell.textContent.trim())),
      series: drawn.map((column) => ({
        name: heads[column].textContent.trim(),
        values: rows.map((cells) => number(cells[column])),
        texts: rows.map((cells) => cells[column].textContent.trim()),
      })),
    };
  }

  // Writes what the table says at the end of each bar, or into each cell.
  const written = {
    id: "written",
    afterDatasetsDraw(chart) {
      const { ctx } = chart;
      ctx.save();
      ctx.font = `12px ${Chart.defaults.font.family}`;
      ctx.textBaseline = "middle";
      chart.data.datasets.forEach((dataset, index) => {
        chart.getDatasetMeta(index).data.forEach((element, row) => {
          const cell = chart.config.type === "matrix";
          const end = element.x || chart.scales.x.getPixelForValue(0); // what is not drawn is written where it would begin
          const { x, y } = cell ? element.getCenterPoint() : { x: end + 5, y: element.y };
          ctx.fillStyle = colour("ink");
          ctx.textAlign = cell ? "center" : "left";
          ctx.fillText(dataset.texts[row], x, y);
        });
      });
      ctx.restore();
    },
  };

  function shared(titles, texts) {
    return {
      animation: false,
      maintainAspectRatio: false,
      plugins: {
        legend: { display: false },
        tooltip: {
          callbacks: {
            title: (items) => lines(titles[items[0].dataIndex]),
            label: (item) => texts(item),
          },
        },
      },
    };
  }

  function bars(figure, canvas) {
    const table = read(figure);
    const count = Math.min(table.rows.length, Number(figure.dataset.top));
    const titles = table.rows.slice(0, count).map((cells) => cells[0]);
    const above = narrow.matches; // on a phone there is no room beside the bars
    const band = table.series.length * ROW + (above ? 26 : 14);
    const legend = table.series.length > 1;
    canvas.parentElement.style.height = `${count * band + (legend ? (above ? table.series.length * 22 : 36) : 6) + 8}px`;
    const colours = table.series.length === 3 ? ["first", "second", "third"] : ["second", "third"];
    const options = shared(titles, (item) => `${item.dataset.label}: ${item.dataset.texts[item.dataIndex]}`);
    options.indexAxis = "y";
    options.layout = { padding: { right: 44 } };
    if (legend) options.plugins.legend = { display: true, align: "start", labels: { boxWidth: 12, boxHeight: 12, padding: 10 } };
    const room = Math.floor((canvas.parentElement.clientWidth - 8) / 7.4);
    options.scales = {
      x: { beginAtZero: true, display: false },
      y: {
        grid: { display: false },
        border: { display: false },
        ticks: {
          autoSkip: false,
          color: colour("ink"),
          mirror: above,
          padding: above ? 0 : 8,
          labelOffset: above ? -(table.series.length * ROW) / 2 - 8 : 0,
          callback: (_, index) => short(titles[index], above ? room : 42),
        },
      },
    };
    return new Chart(canvas, {
      type: "bar",
      plugins: [written],
      options,
      data: {
        labels: titles,
        datasets: table.series.map((series, index) => ({
          label: series.name,
          data: series.values.slice(0, count),
          texts: series.texts.slice(0, count),
          backgroundColor: colour(colours[index]),
          borderRadius: 2,
          barPercentage: 0.86,
          categoryPercentage: (table.series.length * ROW) / band,
        })),
      },
    });
  }

  function matrix(figure, canvas) {
    const { rows, series: [people] } = read(figure);
    const largest = (column) => {
      const sums = new Map();
      rows.forEach((cells, row) => sums.set(cells[column], (sums.get(cells[column]) || 0) + (people.values[row] ?? 1)));
      return [...sums.keys()].sort((one, other) => sums.get(other) - sums.get(one)).slice(0, narrow.matches ? 5 : 8);
    };
    const [attendees, openings] = [largest(0), largest(1)];
    const cells = rows.flatMap(([y, x], row) =>
      attendees.includes(y) && openings.includes(x) ? [{ x, y, v: people.values[row], text: people.texts[row] }] : []);
    const most = Math.max(1, ...cells.map((cell) => cell.v ?? 1));
    const heat = cells.map((cell) => 0.06 + 0.46 * Math.sqrt((cell.v ?? 1) / most)); // light enough for ink
    canvas.parentElement.style.height = `${attendees.length * 44 + 120}px`;
    const titles = cells.map((cell) => `${cell.y}, internships of ${cell.x}`);
    const options = shared(titles, (item) => `${people.name}: ${cells[item.dataIndex].text}`);
    const axis = (title, labels) => ({
      type: "category",
      labels,
      offset: true,
      grid: { display: false },
      border: { display: false },
      title: { display: true, text: title, color: colour("soft") },
      ticks: { autoSkip: false, color: colour("ink"), callback: (_, index) => short(labels[index], narrow.matches ? 13 : 22) },
    });
    options.scales = { x: axis("internships of", openings), y: { ...axis("attendees of", attendees), reverse: false } };
    return new Chart(canvas, {
      type: "matrix",
      plugins: [written],
      options,
      data: {
        datasets: [{
          label: people.name,
          data: cells,
          texts: cells.map((cell) => cell.text),
          backgroundColor: heat.map((alpha) => `rgb(${colour("heat")} / ${alpha})`),
          width: ({ chart }) => (chart.chartArea || {}).width / openings.length - 3,
          height: ({ chart }) => (chart.chartArea || {}).height / attendees.length - 3,
        }],
      },
    });
  }

  function draw() {
    charts.forEach((chart) => chart.destroy());
    Chart.defaults.color = colour("soft");
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    Chart.defaults.font.size = 13;
    charts = [...document.querySelectorAll("figure.chart")].map((figure) => {
      const plot = figure.querySelector(".plot");
      plot.hidden = false;
      const canvas = plot.querySelector("canvas");
      return figure.dataset.chart === "matrix" ? matrix(figure, canvas) : bars(figure, canvas);
    });
  }

  draw();
  dark.addEventListener("change", draw);
  narrow.addEventListener("change", draw);
})();
