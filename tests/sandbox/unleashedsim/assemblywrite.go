package unleashedsim

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

func listAssemblies(c *call) (answer, error) {
	s := newSieve[*Assembly](c)
	if number := c.query.text("assemblyNumber"); number != "" {
		return pageOf(c, only(c.twin.assemblies.find(number)), s, c.twin.renderAssembly)
	}
	if !s.oneOf("customAssemblyStatus", func(a *Assembly) string { return string(a.CustomAssemblyStatus) }) {
		s.oneOf("assemblyStatus", func(a *Assembly) string { return a.AssemblyStatus })
	}
	s.from("startDate", createdOn[*Assembly])
	s.to("endDate", createdOn[*Assembly])
	s.modifiedSince(func(a *Assembly) time.Time { return a.LastModifiedOn.Time })
	return pageOf(c, c.twin.assemblies.all(), s, c.twin.renderAssembly)
}

func getAssembly(c *call) (answer, error) {
	assembly, err := existing(c.twin.assemblies, "assembly", c.guids[0])
	if err != nil {
		return answer{}, err
	}
	return ok(c.twin.renderAssembly(assembly))
}

func postAssembly(c *call) (answer, error) {
	var next Assembly
	if err := c.read(&next); err != nil {
		return answer{}, err
	}
	if err := c.identify(&next.Guid); err != nil {
		return answer{}, err
	}
	if old := c.twin.assemblies.get(next.Guid); old != nil {
		return answer{}, refused("Assembly %s already exists.", old.AssemblyNumber)
	}
	next.AutoAssembly, next.SalesOrderNumber, next.EstimatedStartDate = false, "", Day{}
	return c.storeAssembly(&next, created)
}

// putAssembly replaces a parked assembly; its lines by their GUIDs.
func putAssembly(c *call) (answer, error) {
	old, err := c.parkedAssembly()
	if err != nil {
		return answer{}, err
	}
	var next Assembly
	if err := c.read(&next); err != nil {
		return answer{}, err
	}
	keepOmitted(c, &next, old)
	next.Stamp, next.AssemblyNumber, next.AssemblyType = old.Stamp, old.AssemblyNumber, old.AssemblyType
	next.AutoAssembly, next.SalesOrderNumber, next.EstimatedStartDate = old.AutoAssembly, old.SalesOrderNumber, old.EstimatedStartDate
	next.AssemblyLines = mergeLines(c.twin, old.AssemblyLines, next.AssemblyLines, func(l *AssemblyLine) *uuid.UUID { return &l.Guid })
	return c.storeAssembly(&next, ok)
}

// storeAssembly saves what a request makes of an assembly, and completes it when
// that is what it asks for.
func (c *call) storeAssembly(next *Assembly, done func([]byte) (answer, error)) (answer, error) {
	t := c.twin
	complete := next.AssemblyStatus == Completed
	if next.AssemblyStatus != "" && next.AssemblyStatus != Parked && !complete {
		return answer{}, invalid("AssemblyStatus", "An assembly cannot be %q.", next.AssemblyStatus)
	}
	next.AssemblyStatus = Parked
	if err := t.settleAssembly(next); err != nil {
		return answer{}, err
	}
	if complete {
		if err := t.finishAssembly(next); err != nil {
			return answer{}, err
		}
	} else {
		t.saveAssembly(next)
	}
	return done(t.renderAssembly(t.assemblies.get(next.Guid)))
}

func (c *call) parkedAssembly() (*Assembly, error) {
	assembly, err := existing(c.twin.assemblies, "assembly", c.guids[0])
	if err != nil {
		return nil, err
	}
	return assembly, assembly.parked()
}

func deleteAssembly(c *call) (answer, error) {
	assembly, err := c.parkedAssembly()
	if err != nil {
		return answer{}, err
	}
	next := *assembly
	next.AssemblyStatus, next.CustomAssemblyStatus = Deleted, ""
	c.twin.saveAssembly(&next)
	return ok(nil)
}

func completeAssembly(c *call) (answer, error) {
	t := c.twin
	assembly, err := existing(t.assemblies, "assembly", c.guids[0])
	if err != nil {
		return answer{}, err
	}
	if assembly.AssemblyStatus == Completed && t.knobs.CompleteTwiceAccepted {
		return ok(t.renderAssembly(assembly))
	}
	if err := assembly.parked(); err != nil {
		return answer{}, err
	}
	if err := t.finishAssembly(assembly); err != nil {
		return answer{}, err
	}
	return ok(t.renderAssembly(t.assemblies.get(assembly.Guid)))
}

func postAssemblyLine(c *call) (answer, error) {
	var line AssemblyLine
	if err := c.read(&line); err != nil {
		return answer{}, err
	}
	return c.changeComponents(created, func(lines []AssemblyLine, _ int) []AssemblyLine { return append(lines, line) })
}

func putAssemblyLine(c *call) (answer, error) {
	var line AssemblyLine
	if err := c.read(&line); err != nil {
		return answer{}, err
	}
	return c.changeComponents(ok, func(lines []AssemblyLine, at int) []AssemblyLine {
		line.Guid, line.LineNumber = lines[at].Guid, lines[at].LineNumber
		if line.Product == nil {
			line.Product = lines[at].Product
		}
		lines[at] = line
		return lines
	})
}

func deleteAssemblyLine(c *call) (answer, error) {
	return c.changeComponents(ok, func(lines []AssemblyLine, at int) []AssemblyLine { return slices.Delete(lines, at, at+1) })
}

// changeComponents changes the lines of the parked assembly that the path names;
// the change is told where the line is that the path names, if it names one.
func (c *call) changeComponents(done func([]byte) (answer, error), change func([]AssemblyLine, int) []AssemblyLine) (answer, error) {
	old, err := c.parkedAssembly()
	if err != nil {
		return answer{}, err
	}
	next := *old
	at, err := lineOf(c, old.AssemblyLines, func(l AssemblyLine) uuid.UUID { return l.Guid })
	if err != nil {
		return answer{}, err
	}
	next.AssemblyLines = change(slices.Clone(old.AssemblyLines), at)
	return c.storeAssembly(&next, done)
}

// lineOf is where the line is that the path names behind its document, -1 when it
// names none.
func lineOf[L any](c *call, lines []L, guid func(L) uuid.UUID) (int, error) {
	if len(c.guids) < 2 {
		return -1, nil
	}
	at := slices.IndexFunc(lines, func(l L) bool { return guid(l) == c.guids[1] })
	if at < 0 {
		return -1, missing("line", c.guids[1])
	}
	return at, nil
}

// AddAssembly adds a parked assembly with the components of the product's bill
// unless it has lines; number and statuses may be given.
func (t *Twin) AddAssembly(a Assembly) Assembly {
	return made(t, a, func(a *Assembly) error {
		a.Mark = t.newMark()
		if a.AssemblyStatus == "" {
			a.AssemblyStatus = Parked
		}
		if len(a.AssemblyLines) == 0 {
			if err := t.explode(a); err != nil {
				return err
			}
		}
		if err := t.settleAssembly(a); err != nil {
			return err
		}
		t.saveAssembly(a)
		return nil
	})
}

// CompleteAssembly completes an assembly by its number.
func (t *Twin) CompleteAssembly(number string) {
	t.act(func() error {
		assembly := t.assemblies.find(number)
		if assembly == nil {
			return missing("assembly", number)
		}
		if err := assembly.parked(); err != nil {
			return err
		}
		return t.finishAssembly(assembly)
	})
}
