{% test condition(model, expression) %} select 1 from {{ model }} where not ({{ expression }}) {% endtest %}
{% test condition_on(model, column_name, expression) %} select 1 from {{ model }} where not ({{ column_name }} {{ expression }}) {% endtest %}
{% test figure(model, column_name, expression) %} select 1 from (select {{ expression }} as met from {{ model }}) f where not met {% endtest %}
{% test pair_unique(model, columns) %} select 1 from {{ model }} group by {{ columns | join(', ') }} having count(*) > 1 {% endtest %}
{% test pointer(model, column_name, to, field) %}
select 1 from {{ model }} c left join {{ to }} p on c.{{ column_name }} = p.{{ field }} where c.{{ column_name }} is not null and p.{{ field }} is null
{% endtest %}
