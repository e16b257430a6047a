"""What the manager's own report says beyond the sheet: where the active return came from, and what could happen."""
