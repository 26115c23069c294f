package doctor

import "slices"

// settings says which settings are risky, and which cannot be checked from here.
func (d *doctor) settings() {
	c := d.conn.Config
	if g := c.General; g.ImportOrders && len(g.CustomOrderStatusToImport) == 0 {
		if slices.Contains(g.OrderStatusToImport, "Open") || slices.Contains(g.OrderStatusToImport, "Parked") {
			d.say(Warning, "order statuses", "set general.order_status_to_import to [Placed, Backordered], or use a custom status, if drafts must not be shipped",
				"Open includes Parked: drafts are imported too")
		}
		if slices.Contains(g.OrderStatusToImport, "Completed") {
			d.say(Warning, "order statuses", "leave Completed out unless nothing else ships these orders", "Completed orders have shipped by Unleashed's books: only what is not dispatched there is imported, without a write-back")
		}
	}
	if c.Unleashed.MonthlyQuota == 0 {
		d.say(Unknown, "Unleashed quota", "set unleashed.monthly_quota to your plan's number, so that mintleash stops before the account is blocked", "the plan's number of calls a month is not known")
	}
	if c.General.StockSync && !c.General.UseUnleashedAsStockMaster {
		d.say(Unknown, "adjustment reason", "look under Settings > System > Adjustment Reasons in Unleashed", "whether the reason %q exists cannot be asked by the API", c.General.StockAdjustmentReason)
	}
	if c.Mintsoft.Username.Reveal() != "" {
		d.say(Warning, "Mintsoft login", "prefer an API key that never expires (Settings, user account), above all with several replicas", "each login makes the user's previous key invalid")
	}
}
