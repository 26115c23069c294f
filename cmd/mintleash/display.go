package main

import (
	"context"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/mintleash/mintleash/plugins/connection"
	"github.com/mintleash/mintleash/plugins/runner"
)

// printSummary prints one row for each stream, and why records were skipped.
func (s *session) printSummary(rows []runner.Row) error {
	if s.json {
		return printJSON(map[string]any{"streams": rows})
	}
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	var cells [][]string
	var total runner.Row
	for _, r := range rows {
		cells = append(cells, []string{r.Stream, n(r.Read), n(r.Created), n(r.Updated), n(r.Skipped), n(r.Parked), n(r.DeadLettered), n(r.Calls), r.State})
		total.Read, total.Created, total.Updated, total.Skipped = total.Read+r.Read, total.Created+r.Created, total.Updated+r.Updated, total.Skipped+r.Skipped
		total.Parked, total.DeadLettered, total.Calls = total.Parked+r.Parked, total.DeadLettered+r.DeadLettered, total.Calls+r.Calls
	}
	cells = append(cells, []string{"total", n(total.Read), n(total.Created), n(total.Updated), n(total.Skipped), n(total.Parked), n(total.DeadLettered), n(total.Calls), ""})
	if err := printTable(os.Stdout, []string{"STREAM", "READ", "CREATED", "UPDATED", "SKIPPED", "PARKED", "DEAD-LETTERED", "API CALLS", ""}, cells); err != nil {
		return err
	}
	printErrors(rows)
	printSkips(rows)
	return nil
}

// printErrors prints each reason once with the streams that it stopped: a refused
// key stops all of them.
func printErrors(rows []runner.Row) {
	stopped := map[string][]string{}
	var reasons []string
	for _, r := range rows {
		if r.Error == "" {
			continue
		}
		if stopped[r.Error] == nil {
			reasons = append(reasons, r.Error)
		}
		stopped[r.Error] = append(stopped[r.Error], r.Stream)
	}
	for _, reason := range reasons {
		fmt.Printf("\n%s: %s\n", strings.Join(stopped[reason], ", "), oneLine(reason, 1000))
	}
}

const mostReasons = 8

// printSkips prints the commonest reasons.
func printSkips(rows []runner.Row) {
	for _, r := range rows {
		if len(r.Skips) == 0 {
			continue
		}
		reasons := make([]string, 0, len(r.Skips))
		for reason := range r.Skips {
			reasons = append(reasons, reason)
		}
		sort.Slice(reasons, func(i, j int) bool {
			if r.Skips[reasons[i]] != r.Skips[reasons[j]] {
				return r.Skips[reasons[i]] > r.Skips[reasons[j]]
			}
			return reasons[i] < reasons[j]
		})
		fmt.Printf("\nskipped by %s:\n", r.Stream)
		for i, reason := range reasons {
			if i == mostReasons {
				fmt.Printf("  %d further reasons; --format json lists them\n", len(reasons)-i)
				break
			}
			fmt.Printf("  %5d  %s\n", r.Skips[reason], oneLine(reason, 140))
		}
	}
}

// printPlan prints what a dry run would have written.
func (s *session) printPlan(writes []connection.PlannedWrite, rows []runner.Row) error {
	if s.json {
		return printJSON(map[string]any{"writes": list(writes), "total": len(writes), "streams": rows})
	}
	for _, w := range writes {
		fmt.Printf("%s  %s %s %s  (%s %s)\n", w.Kind, w.System, w.Operation, w.Target, w.Stream, w.Record.Ref)
		var cells [][]string
		for _, change := range w.Changes {
			cells = append(cells, []string{"    " + change.Field, shown(change.Before), "→", shown(change.After)})
		}
		if err := printTable(os.Stdout, []string{"    field", "before", "", "after"}, cells); err != nil {
			return err
		}
	}
	kinds := map[string]int{}
	for _, w := range writes {
		kinds[w.Kind]++
	}
	fmt.Printf("\n%d writes would be made: %d create, %d update, %d other. Nothing was written.\n", len(writes), kinds["create"], kinds["update"], len(writes)-kinds["create"]-kinds["update"])
	printErrors(rows)
	return nil
}

func shown(v any) string {
	if v == nil {
		return "–"
	}
	return oneLine(fmt.Sprint(v), 60)
}

// watch shows how far a run is while a terminal is attached. The answer ends it.
func (s *session) watch(ctx context.Context, book *connection.Book, streams []runner.Stream) (end func()) {
	if !isTerminal(os.Stderr) || s.json {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(300 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				fmt.Fprint(os.Stderr, "\r\x1b[K")
				return
			case <-ticker.C:
				fmt.Fprint(os.Stderr, "\r\x1b[K"+oneLine(progressLine(book, streams), columns()))
			}
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}

// progressLine is the stream that moved last, with its counters.
func progressLine(book *connection.Book, streams []runner.Stream) string {
	var latest connection.FlowState
	name := ""
	for _, stream := range streams {
		if stream.Off != "" {
			continue
		}
		if state := book.Flow(stream.Connection, stream.Pipeline).State(); state.Moved.After(latest.Moved) {
			latest, name = state, stream.Name
		}
	}
	if name == "" || time.Since(latest.Moved) > 5*time.Second {
		return ""
	}
	read := strconv.Itoa(latest.Read)
	if latest.Of >= latest.Read {
		read = fmt.Sprintf("%d of %d", latest.Read, latest.Of)
	}
	line := name + ": read " + read
	for _, what := range []string{connection.CountCreated, connection.CountUpdated, connection.CountSkipped, connection.CountParked, connection.CountDeadLettered} {
		if n := latest.Counts[what]; n > 0 {
			line += fmt.Sprintf(", %s %d", strings.ReplaceAll(what, "_", "-"), n)
		}
	}
	return line
}

// columns is how long a line may be that is written over: one that the terminal wraps
// leaves rows behind.
func columns() int {
	width, _, err := term.GetSize(int(os.Stderr.Fd()))
	if err != nil || width < 2 {
		width = 80
	}
	return width - 1
}
