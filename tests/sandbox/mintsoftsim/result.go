package mintsoftsim

import "errors"

// Result is the envelope of nearly every write, ToolkitResult in the vendor's
// document. Under HTTP 200 only Success tells what became of it.
type Result struct {
	ID                  int
	Success             bool
	SensitiveData       *string
	Message             *string
	WarningMessage      *string
	AllocatedFromReplen bool
}

func done(id int, message string) Result { return Result{ID: id, Success: true, Message: &message} }

func refused(message string) Result { return Result{Message: &message} }

// refusal is a business rule that says no. The handlers turn it into a 200 with
// Success:false; what a person does panics with it.
type refusal string

// Error implements error.
func (r refusal) Error() string { return string(r) }

// result answers a write on a record: its id, or why not.
func result(id int, message string, err error) (any, error) {
	if no, isRefusal := errors.AsType[refusal](err); isRefusal {
		return refused(string(no)), nil
	}
	if err != nil {
		return nil, err
	}
	return done(id, message), nil
}
